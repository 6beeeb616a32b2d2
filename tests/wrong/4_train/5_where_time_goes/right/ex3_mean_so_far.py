def attend_in_blocks(scores, values, size):
    total, mean = torch.tensor(-math.inf), torch.zeros(values.shape[1])
    for z, v in zip(scores.split(size), values.split(size)):
        if z.max() == -math.inf:
            continue
        here = z.logsumexp(0)
        total = torch.logaddexp(total, here)
        share = (here - total).exp()
        mean = mean * (1 - share) + share * (z.softmax(0) @ v)
    return mean
