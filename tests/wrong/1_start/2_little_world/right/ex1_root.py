import numpy as np


def perplexity(nats, n_tokens):
    return np.float64(np.exp(nats)) ** (1 / n_tokens)
