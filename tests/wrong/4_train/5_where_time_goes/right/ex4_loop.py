def update_bytes(n, weight, grad, state):
    total = 0
    for size, times in ((weight, 2), (grad, 1), (state, 2), (state, 2)):
        total += n * size * times
    return total
