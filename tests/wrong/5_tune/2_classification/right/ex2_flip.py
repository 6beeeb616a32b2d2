def last_real(real):
    return real.shape[1] - 1 - real.flip(1).int().argmax(1)
