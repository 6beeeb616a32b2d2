def attend_in_blocks(scores, values, size):
    m = max(z.max() for z in scores.split(size))
    s = sum((z - m).exp().sum() for z in scores.split(size))
    parts = zip(scores.split(size), values.split(size))
    return sum((z - m).exp() @ v for z, v in parts) / s
