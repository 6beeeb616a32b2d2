def documents_to_ids(tok, documents):
    ids = []
    for document in documents:
        ids += [*document.encode(), tok.eot_id]
    return ids
