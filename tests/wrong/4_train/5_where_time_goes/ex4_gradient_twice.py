def update_bytes(n, weight, grad, state):
    return n * (2 * weight + 2 * grad + 4 * state)
