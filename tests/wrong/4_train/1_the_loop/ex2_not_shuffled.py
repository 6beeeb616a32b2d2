def ids_of_step(step, N, B, seed):
    return [(step * B + i) % N for i in range(B)]
