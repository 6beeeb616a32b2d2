def beta2_for(beta2, old, new):
    return torch.tensor(beta2).pow(new / old)
