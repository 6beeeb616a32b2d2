def documents_to_ids(tok, documents):
    ids = []
    for document in documents:
        if document:
            ids += [*tok.encode(document), tok.eot_id]
    return ids
