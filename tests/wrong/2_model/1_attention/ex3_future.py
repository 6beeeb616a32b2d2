def document_mask(doc):
    return doc[:, None, :, None] == doc[:, None, None, :]
