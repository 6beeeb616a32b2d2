def ids_of_step(step, N, B, seed):
    order = torch.randperm(N, generator=torch.Generator().manual_seed(seed))
    place = step % (N // B) * B
    return order[place : place + B].tolist()
