def last_real(real):
    return real.int().argmax(1)
