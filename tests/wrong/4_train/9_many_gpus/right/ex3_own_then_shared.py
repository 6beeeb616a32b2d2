def log_sum_exp(mine, total, largest):
    own = torch.logsumexp(mine, dim=-1)
    top = largest(own)
    return torch.log(total(torch.exp(own - top))) + top
