def documents_to_ids(tok, documents):
    ids = []
    for document in documents:
        ids += [*tok.encode(document), tok.vocab_size]
    return ids
