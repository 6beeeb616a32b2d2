def first_loss(V):
    torch.manual_seed(0)
    return F.cross_entropy(torch.randn(V), torch.tensor(0)).item()
