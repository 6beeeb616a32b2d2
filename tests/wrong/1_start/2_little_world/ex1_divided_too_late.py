def perplexity(nats, n_tokens):
    return math.exp(nats) / n_tokens
