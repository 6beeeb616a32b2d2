def update_bytes(n, weight, grad, state):
    return 8 * n * (2 * weight + grad + 4 * state)
