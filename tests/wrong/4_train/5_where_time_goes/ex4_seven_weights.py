# Right in fp32 only: seven times the bytes of a weight.
def update_bytes(n, weight, grad, state):
    return n * 7 * weight
