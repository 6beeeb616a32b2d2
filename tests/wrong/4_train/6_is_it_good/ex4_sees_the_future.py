def smoothed(losses, keep=0.9):
    out = []
    for i in range(len(losses)):
        weights = [keep ** abs(i - j) for j in range(len(losses))]
        out.append(sum(w * y for w, y in zip(weights, losses)) / sum(weights))
    return out
