def best_temperature(scores, y):
    tau, best, least = 0.1, 0.1, float('inf')
    scores /= tau
    while tau < 20:
        loss = F.cross_entropy(scores, y).item()
        if loss < least:
            best, least = tau, loss
        scores /= 1.01
        tau *= 1.01
    return best
