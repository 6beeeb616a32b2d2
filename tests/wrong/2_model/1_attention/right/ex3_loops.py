def document_mask(doc):
    B, T = doc.shape
    mask = torch.zeros(B, 1, T, T, dtype=torch.bool)
    for b in range(B):
        for i in range(T):
            for j in range(i + 1):
                mask[b, 0, i, j] = doc[b, i] == doc[b, j]
    return mask
