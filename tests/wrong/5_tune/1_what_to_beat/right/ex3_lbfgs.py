def best_temperature(scores, y):
    log_tau = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_tau], max_iter=100, line_search_fn='strong_wolfe')

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(scores / log_tau.exp(), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return log_tau.exp().clamp(0.1, 20).item()
