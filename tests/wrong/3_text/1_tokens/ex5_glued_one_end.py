def documents_to_ids(tok, documents):
    return tok.encode(''.join(documents)) + [tok.eot_id]
