def update_bytes(n, weight, grad, state):
    read = weight + grad + state + state
    written = weight + state + state
    return float(n * (read + written))
