def fit(ids, V):
    seen = {}
    row = ids.tolist()
    for i in range(len(row) - 2):
        for key in ((row[i], row[i + 1]), row[i + 1]):
            after = seen.setdefault(key, {})
            after[row[i + 2]] = after.get(row[i + 2], 0) + 1

    def predict(before, last):
        p = [0.001 / V] * V
        for key, weight in (((before, last), 0.9), (last, 0.099)):
            after = seen.get(key, {})
            for token, count in after.items():
                p[token] += weight * count / sum(after.values())
        return [v / sum(p) for v in p] if sum(p) < 0.999 else [v / math.fsum(p) for v in p]

    return predict
