def fit(ids, V):
    pairs, triples = torch.full((V, V), 0.01), {}
    for a, b in zip(ids.tolist(), ids[1:].tolist()):
        pairs[a, b] += 1
        triples.setdefault((a, b), torch.zeros(V))[b] += 1

    def predict(before, last):
        p = pairs[last] / pairs[last].sum() + triples.get((before, last), 0)
        return p / p.sum()

    return predict
