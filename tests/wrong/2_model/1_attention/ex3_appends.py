def streaming_average(pieces):
    kept = []
    for scores, values in pieces:
        kept.append((scores, values))
    return torch.cat([s for s, v in kept]).softmax(0) @ torch.cat([v for s, v in kept])
