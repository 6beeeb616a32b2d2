def update_bytes(n, weight, grad, state):
    return n * (weight + grad + state + state)
