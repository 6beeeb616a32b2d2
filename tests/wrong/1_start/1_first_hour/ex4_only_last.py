def fit(ids, V):
    pairs = torch.full((V, V), 0.01)
    for b, c in zip(ids.tolist(), ids[1:].tolist()):
        pairs[b, c] += 1

    def predict(before, last):
        return pairs[last] / pairs[last].sum()

    return predict
