def fit(ids, V):
    pairs, triples = torch.full((V, V), 0.01), {}
    for a, b, c in zip(ids.tolist(), ids[1:].tolist(), ids[2:].tolist()):
        pairs[b, c] += 1
        triples[a, b] = F.one_hot(torch.tensor(c), V).float()

    def predict(before, last):
        p = pairs[last] / pairs[last].sum() + triples.get((before, last), 0)
        return p / p.sum()

    return predict
