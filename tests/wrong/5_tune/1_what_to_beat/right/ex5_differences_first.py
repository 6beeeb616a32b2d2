def bootstrap_error(right_a, right_b, draws=2000):
    d = (right_a - right_b).double()
    return d[torch.randint(len(d), (draws, len(d)))].mean(1).std().item()
