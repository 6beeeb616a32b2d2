def ids_of_step(step, N, B, seed):
    epoch = step // (N // B)
    order = sorted(range(N), key=lambda i: step_seed(seed, epoch, i))
    return torch.tensor(order).view(-1, B)[step % (N // B)]
