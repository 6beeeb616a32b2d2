def perplexity(nats, n_tokens):
    return round(math.exp(nats / n_tokens))
