def document_mask(doc):
    same = doc[0, :, None] == doc[0, None, :]
    return (same & causal_mask(doc.shape[1])).expand(len(doc), 1, -1, -1)
