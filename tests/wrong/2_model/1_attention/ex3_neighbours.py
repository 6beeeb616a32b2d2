def document_mask(doc):
    T = doc.shape[1]
    near = (torch.arange(T)[:, None] - torch.arange(T)).abs() <= 1
    same = doc[:, None, :, None] == doc[:, None, None, :]
    return same & near & causal_mask(T)
