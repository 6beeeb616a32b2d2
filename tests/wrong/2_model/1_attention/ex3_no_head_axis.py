def document_mask(doc):
    return (doc[:, :, None] == doc[:, None, :]) & causal_mask(doc.shape[1])
