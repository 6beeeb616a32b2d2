def documents_to_ids(tok, documents):
    return [[*tok.encode(document), tok.eot_id] for document in documents]
