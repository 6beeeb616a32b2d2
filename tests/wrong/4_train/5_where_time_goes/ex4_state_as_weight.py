def update_bytes(n, weight, grad, state):
    return n * (6 * weight + grad)
