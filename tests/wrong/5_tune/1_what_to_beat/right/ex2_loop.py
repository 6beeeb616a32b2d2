def macro_f1(matrix):
    scores = []
    for k in range(len(matrix)):
        called, there = float(matrix[:, k].sum()), float(matrix[k].sum())
        hits = float(matrix[k, k])
        scores.append(2 * hits / (called + there) if called + there else 0.0)
    return sum(scores) / len(scores)
