def attend_in_blocks(scores, values, size):
    s, a = 0.0, 0.0
    for z, v in zip(scores.split(size), values.split(size)):
        s = s + z.exp().sum()
        a = a + z.exp() @ v
    return a / s
