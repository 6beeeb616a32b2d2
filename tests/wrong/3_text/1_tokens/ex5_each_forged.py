def documents_to_ids(tok, documents):
    ids = []
    for document in documents:
        ids += [*tok.encoding.encode(document, allowed_special='all'), tok.eot_id]
    return ids
