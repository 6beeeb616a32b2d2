def document_mask(doc):
    same = doc[:, None, :, None] == doc[:, None, None, :]
    return torch.zeros(same.shape).masked_fill(~(same & causal_mask(doc.shape[1])), float('-inf'))
