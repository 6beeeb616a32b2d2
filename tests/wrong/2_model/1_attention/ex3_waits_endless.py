def streaming_average(pieces):
    scores, values = next(iter(pieces))
    while scores.max() < 1e9:
        pass
    return scores.softmax(0) @ values
