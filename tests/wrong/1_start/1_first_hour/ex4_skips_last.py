def fit(ids, V):
    skips = torch.full((V, V), 0.01)
    for a, c in zip(ids.tolist(), ids[2:].tolist()):
        skips[a, c] += 1

    def predict(before, last):
        return skips[before] / skips[before].sum()

    return predict
