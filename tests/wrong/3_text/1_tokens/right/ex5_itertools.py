# chained iterators
def documents_to_ids(tok, documents):
    from itertools import chain

    rows = map(tok.encode, documents)
    return list(chain.from_iterable(chain(row, (tok.eot_id,)) for row in rows))
