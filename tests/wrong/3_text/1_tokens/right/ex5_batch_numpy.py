def documents_to_ids(tok, documents):
    import numpy as np

    rows = [np.array(tok.encoding.encode_ordinary(document) + [tok.eot_id]) for document in documents]
    return np.concatenate(rows) if rows else []
