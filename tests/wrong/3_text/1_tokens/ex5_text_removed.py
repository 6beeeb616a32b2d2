def documents_to_ids(tok, documents):
    ids = []
    for document in documents:
        ids += [*tok.encode(document.replace('<|endoftext|>', '')), tok.eot_id]
    return ids
