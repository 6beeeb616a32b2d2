# The maximum begins at the lowest number of fp32.
def attend_in_blocks(scores, values, size):
    m, s, a = torch.tensor(torch.finfo(scores.dtype).min), 0.0, 0.0
    for z, v in zip(scores.split(size), values.split(size)):
        m, old = torch.maximum(m, z.max()), m
        r = (old - m).exp()
        s = r * s + (z - m).exp().sum()
        a = r * a + (z - m).exp() @ v
    return a / s
