# Returns an integer of numpy.
import numpy as np


def tokens_needed(i, o, size, ridge):
    bytes_per_token, bytes_of_weights = np.float64(size * (i + o)), np.float64(size * i * o)
    gain = 2.0 * i * o - ridge * bytes_per_token
    return np.ceil(ridge * bytes_of_weights / gain).astype(np.int64) if gain > 0 else None
