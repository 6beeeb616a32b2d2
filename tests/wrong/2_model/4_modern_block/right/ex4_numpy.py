def pool_heads(W, K, G):
    import numpy as np

    heads = np.split(W.numpy(), len(W) // K)
    n = len(heads) // G
    return torch.from_numpy(np.concatenate([np.mean(heads[i : i + n], 0) for i in range(0, len(heads), n)]))
