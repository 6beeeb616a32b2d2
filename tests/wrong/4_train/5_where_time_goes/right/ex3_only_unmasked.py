# Takes the masked keys out first.
def attend_in_blocks(scores, values, size):
    seen = scores > -math.inf
    scores, values = scores[seen], values[seen]
    m, s, a = torch.tensor(-math.inf), 0.0, 0.0
    for z, v in zip(scores.split(size), values.split(size)):
        m, old = torch.maximum(m, z.max()), m
        r = (old - m).exp()
        s = r * s + (z - m).exp().sum()
        a = r * a + (z - m).exp() @ v
    return a / s
