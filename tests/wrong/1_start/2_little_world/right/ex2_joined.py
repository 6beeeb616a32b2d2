def bits_per_byte(texts, losses):
    return torch.tensor(losses).sum() / math.log(2) / len(''.join(texts).encode('utf-8'))
