def bits_per_byte(texts, losses):
    return mean(loss / math.log(2) / len(text.encode()) for text, loss in zip(texts, losses))
