def update_bytes(n, weight, grad, state):
    return 2 * weight + grad + 4 * state
