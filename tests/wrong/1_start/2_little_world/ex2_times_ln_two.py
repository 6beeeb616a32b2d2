def bits_per_byte(texts, losses):
    return sum(losses) * math.log(2) / sum(len(text.encode()) for text in texts)
