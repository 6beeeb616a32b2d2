# Guards the factor of the sums, not the weights of the block.
def attend_in_blocks(scores, values, size):
    m, s, a = torch.tensor(-math.inf), 0.0, 0.0
    for z, v in zip(scores.split(size), values.split(size)):
        m, old = torch.maximum(m, z.max()), m
        r = (old - m).exp().nan_to_num()
        s = r * s + (z - m).exp().sum()
        a = r * a + (z - m).exp() @ v
    return a / s
