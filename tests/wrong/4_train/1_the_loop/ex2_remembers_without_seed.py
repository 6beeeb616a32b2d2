def ids_of_step(step, N, B, seed, orders={}):
    epoch, place = divmod(step, N // B)
    if (epoch, N) not in orders:
        drawn = torch.Generator().manual_seed(step_seed(seed, epoch))
        orders[epoch, N] = torch.randperm(N, generator=drawn)
    return orders[epoch, N][place * B : (place + 1) * B]
