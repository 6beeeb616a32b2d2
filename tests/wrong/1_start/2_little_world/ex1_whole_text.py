def perplexity(nats, n_tokens):
    return math.exp(nats)
