def perplexity(nats, n_tokens):
    return torch.tensor(nats / n_tokens).exp()
