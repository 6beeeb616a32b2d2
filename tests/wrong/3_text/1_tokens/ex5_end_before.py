def documents_to_ids(tok, documents):
    ids = []
    for document in documents:
        ids += [tok.eot_id, *tok.encode(document)]
    return ids
