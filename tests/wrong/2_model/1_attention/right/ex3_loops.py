def streaming_average(pieces):
    top, total, average = -math.inf, 0.0, 0.0
    for scores, values in pieces:
        for s, v in zip(scores.tolist(), values):
            if s > top:
                total, average = total * math.exp(top - s), average * math.exp(top - s)
                top = s
            total += math.exp(s - top)
            average = average + math.exp(s - top) * v
    return average / total
