def perplexity(nats, n_tokens):
    return 2 ** (nats / n_tokens)
