def perplexity(nats, n_tokens):
    return nats / n_tokens
