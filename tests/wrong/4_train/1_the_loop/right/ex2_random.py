def ids_of_step(step, N, B, seed):
    import random

    order = list(range(N))
    random.Random(f'{seed}/{step * B // N}').shuffle(order)
    return [order[(step * B + i) % N] for i in range(B)]
