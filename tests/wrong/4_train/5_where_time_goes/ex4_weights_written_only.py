def update_bytes(n, weight, grad, state):
    return n * (weight + grad + 4 * state)
