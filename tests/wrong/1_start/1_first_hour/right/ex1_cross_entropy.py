def first_loss(V):
    return F.cross_entropy(torch.zeros(V), torch.tensor(0))
