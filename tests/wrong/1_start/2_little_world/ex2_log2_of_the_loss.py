def bits_per_byte(texts, losses):
    return math.log2(sum(losses)) / sum(len(text.encode()) for text in texts)
