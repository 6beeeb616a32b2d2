def pencil():
    e = torch.tensor([1.0, 3.0, 9.0])
    return (e / e.sum() @ torch.tensor([8.0, 16.0, 40.0])).item()
