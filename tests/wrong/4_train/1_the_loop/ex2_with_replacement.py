def ids_of_step(step, N, B, seed):
    drawn = torch.Generator().manual_seed(step_seed(seed, step))
    return torch.randint(N, (B,), generator=drawn).tolist()
