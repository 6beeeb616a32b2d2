def ids_of_step(step, N, B, seed):
    epoch, place = divmod(step, N // B)
    order = torch.randperm(N, generator=torch.Generator().manual_seed(step_seed(epoch)))
    return order[place * B : place * B + B].tolist()
