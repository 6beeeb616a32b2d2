def bits_per_byte(texts, losses):
    return losses[0] / math.log(2) / len(texts[0].encode())
