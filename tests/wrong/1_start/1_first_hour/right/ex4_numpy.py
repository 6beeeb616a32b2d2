import numpy as np


def fit(ids, V):
    row, triples = ids.numpy(), {}
    pairs = np.full((V, V), 0.01)
    np.add.at(pairs, (row[:-1], row[1:]), 1)
    for a, b, c in zip(row, row[1:], row[2:]):
        triples.setdefault((a, b), []).append(c)

    def predict(before, last):
        p = 0.1 * pairs[last] / pairs[last].sum()
        found = triples.get((before, last))
        if found:
            p = p + 0.9 * np.bincount(found, minlength=V) / len(found)
        return p / p.sum()

    return predict
