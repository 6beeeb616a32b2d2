def last_real(real):
    return real.flip(1).int().argmax(1)
