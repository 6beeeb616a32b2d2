# A masked key becomes a score of −1000, which low scores do not outweigh.
def attend_in_blocks(scores, values, size):
    scores = scores.clamp(min=-1000.0)
    m, s, a = torch.tensor(-math.inf), 0.0, 0.0
    for z, v in zip(scores.split(size), values.split(size)):
        m, old = torch.maximum(m, z.max()), m
        r = (old - m).exp()
        s = r * s + (z - m).exp().sum()
        a = r * a + (z - m).exp() @ v
    return a / s
