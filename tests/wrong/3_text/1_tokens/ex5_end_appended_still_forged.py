def documents_to_ids(tok, documents):
    text = ''.join(document + '<|endoftext|>' for document in documents)
    return tok.encoding.encode(text, allowed_special='all')
