def bits_per_byte(texts, losses):
    return sum(losses) / sum(len(text.encode()) for text in texts)
