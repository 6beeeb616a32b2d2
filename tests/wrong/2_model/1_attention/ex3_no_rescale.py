def streaming_average(pieces):
    top, total, average = torch.tensor(float('-inf')), 0.0, 0.0
    for scores, values in pieces:
        top = torch.maximum(top, scores.max())
        e = (scores - top).exp()
        total, average = total + e.sum(), average + e @ values
    return average / total
