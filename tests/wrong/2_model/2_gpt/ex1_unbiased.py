def pencil():
    x = torch.tensor([2.0, 6.0])
    return ((x - x.mean()) / x.std() * torch.tensor([3.0, 5.0]) + torch.tensor([0.0, 10.0])).tolist()
