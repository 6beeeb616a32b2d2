def route(scores, n):
    weights, chosen = [], []
    for row in scores.softmax(-1).tolist():
        best = sorted(range(len(row)), key=row.__getitem__)[-n:]
        total = sum(row[e] for e in best)
        weights.append([row[e] / total for e in best])
        chosen.append(best)
    return torch.tensor(weights), torch.tensor(chosen)
