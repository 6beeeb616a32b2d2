import torch


def pool_heads(W, K, G):
    out = []
    for group in W.view(G, -1, K, W.shape[1]):
        mean = group[0]
        for head in group[1:]:
            mean = (mean + head) / 2
        out.append(mean)
    return torch.cat(out)
