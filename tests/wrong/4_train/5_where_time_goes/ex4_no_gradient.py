def update_bytes(n, weight, grad, state):
    return n * (2 * weight + 4 * state)
