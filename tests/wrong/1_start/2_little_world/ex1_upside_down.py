def perplexity(nats, n_tokens):
    return math.exp(n_tokens / nats)
