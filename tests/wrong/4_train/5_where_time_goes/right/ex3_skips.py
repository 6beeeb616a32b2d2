# Skips wholly masked blocks, before and after others.
def attend_in_blocks(scores, values, size):
    m, s, a = torch.tensor(-math.inf), 0.0, 0.0
    for z, v in zip(scores.split(size), values.split(size)):
        if not torch.isfinite(z).any():
            continue
        m, old = torch.maximum(m, z.max()), m
        r = (old - m).exp()
        s = r * s + (z - m).exp().sum()
        a = r * a + (z - m).exp() @ v
    return a / s
