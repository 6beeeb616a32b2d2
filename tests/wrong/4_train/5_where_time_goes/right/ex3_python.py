def attend_in_blocks(scores, values, size):
    m, s, a = -math.inf, 0.0, [0.0] * values.shape[1]
    for z, v in zip(scores.tolist(), values.tolist()):
        if z == -math.inf:
            continue
        new = max(m, z)
        r, w = math.exp(m - new), math.exp(z - new)
        s, m = s * r + w, new
        a = [x * r + w * y for x, y in zip(a, v)]
    return torch.tensor([x / s for x in a])
