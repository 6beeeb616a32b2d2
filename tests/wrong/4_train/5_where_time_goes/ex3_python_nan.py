# Loops over Python floats, without a guard for exp(−∞ − (−∞)).
def attend_in_blocks(scores, values, size):
    zs, vs = scores.tolist(), values.tolist()
    m, s, a = -math.inf, 0.0, [0.0] * len(vs[0])
    for start in range(0, len(zs), size):
        block = range(start, min(start + size, len(zs)))
        new = max([m] + [zs[i] for i in block])
        r = math.exp(m - new) if new > m else 1.0
        s, a, m = s * r, [x * r for x in a], new
        for i in block:
            w = math.exp(zs[i] - m)
            s += w
            a = [x + w * y for x, y in zip(a, vs[i])]
    return torch.tensor([x / s for x in a], dtype=values.dtype)
