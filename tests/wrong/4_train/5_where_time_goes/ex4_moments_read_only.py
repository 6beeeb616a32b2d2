def update_bytes(n, weight, grad, state):
    return n * (2 * weight + grad + 2 * state)
