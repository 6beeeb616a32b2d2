def attend_in_blocks(scores, values, size):
    parts = [z.softmax(0) @ v for z, v in zip(scores.split(size), values.split(size))]
    return torch.stack(parts).mean(0)
