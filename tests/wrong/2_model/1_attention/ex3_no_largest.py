def streaming_average(pieces):
    total, average = 0.0, 0.0
    for scores, values in pieces:
        e = scores.exp()
        total, average = total + e.sum(), average + e @ values
    return average / total
