def pencil():
    p = torch.tensor([0.4, 0.3]) ** 0.5
    return (p / p.sum())[0]
