def last_real(real):
    T = real.shape[1]
    if real[0, -1]:  # padding on the left
        return torch.full((len(real),), T - 1)
    return T - 1 - real.flip(1).int().argmax(1)
