import torch


def tables_for(past, T, K, base):
    rows = [rope_cos_sin(torch.tensor([past + t]), K, base) for t in range(T)]
    return torch.cat([cos for cos, _ in rows]), torch.cat([sin for _, sin in rows])
