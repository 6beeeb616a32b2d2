def pencil():
    return torch.tensor([8.0, 16.0]).mean()
