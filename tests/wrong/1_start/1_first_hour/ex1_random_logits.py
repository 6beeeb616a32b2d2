def loss_among(V, k):
    torch.manual_seed(0)
    z = torch.full((V,), -torch.inf)
    z[:k] = torch.randn(k)
    return F.cross_entropy(z, torch.tensor(0)).item()
