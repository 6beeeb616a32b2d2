def pencil():
    x, weight, bias = torch.tensor([2.0, 6.0]), torch.tensor([3.0, 5.0]), torch.tensor([0.0, 10.0])
    return F.layer_norm(x, (2,), weight, bias)
