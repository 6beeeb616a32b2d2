# The last, shorter block is left out.
def attend_in_blocks(scores, values, size):
    m, s, a = torch.tensor(-math.inf), 0.0, 0.0
    size = min(size, len(scores))
    for b in range(len(scores) // size):
        z, v = scores[b * size : (b + 1) * size], values[b * size : (b + 1) * size]
        m, old = torch.maximum(m, z.max()), m
        r = (old - m).exp()
        s = s * r + (z - m).exp().sum()
        a = a * r + (z - m).exp() @ v
    return a / s
