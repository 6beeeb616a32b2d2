def scaled_by_pencil():
    x = torch.tensor([1.0, 7.0])
    return (x / x.std(unbiased=False) * torch.tensor([10.0, 5.0])).tolist()
