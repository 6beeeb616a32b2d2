def streaming_average(pieces):
    top, total, average = torch.tensor(0.0), 0.0, 0.0
    for scores, values in pieces:
        new = torch.maximum(top, scores.max())
        e, shrink = (scores - new).exp(), (top - new).exp()
        total, average, top = total * shrink + e.sum(), average * shrink + e @ values, new
    return average / total
