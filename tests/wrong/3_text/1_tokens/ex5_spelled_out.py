def documents_to_ids(tok, documents):
    return tok.encode('<|endoftext|>'.join(documents) + '<|endoftext|>')
