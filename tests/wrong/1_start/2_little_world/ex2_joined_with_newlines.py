def bits_per_byte(texts, losses):
    return sum(losses) / math.log(2) / len('\n'.join(texts).encode())
