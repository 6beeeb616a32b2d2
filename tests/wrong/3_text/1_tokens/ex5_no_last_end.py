def documents_to_ids(tok, documents):
    ids = []
    for i, document in enumerate(documents):
        if i:
            ids.append(tok.eot_id)
        ids += tok.encode(document)
    return ids
