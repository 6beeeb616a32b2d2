def ids_of_step(step, N, B, seed):
    epoch, place = divmod(step, N // B)
    order = torch.randperm(N, generator=torch.Generator().manual_seed(step_seed(seed, epoch)))
    return order[place * B + 1 : place * B + B + 1].tolist()
