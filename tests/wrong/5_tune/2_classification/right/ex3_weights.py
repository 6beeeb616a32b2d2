def mean_hidden(x, real):
    share = real / real.sum(1, keepdim=True)
    return torch.einsum('btd,bt->bd', x, share)
