def perplexity(nats, n_tokens):
    bits = nats / math.log(2)
    return 2 ** (bits / n_tokens)
