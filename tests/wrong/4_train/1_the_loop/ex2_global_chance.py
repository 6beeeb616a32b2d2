def ids_of_step(step, N, B, seed):
    place = step % (N // B)
    return torch.randperm(N)[place * B : place * B + B].tolist()
