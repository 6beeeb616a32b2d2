def document_mask(doc):
    same = doc[:, None, :, None] == doc[:, None, None, :]
    return ~(same & causal_mask(doc.shape[1]))
