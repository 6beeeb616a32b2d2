def previous_weights(T):
    import numpy

    angle = numpy.arange(T) * 2 * numpy.pi / T
    W_k = numpy.stack([numpy.cos(angle), numpy.sin(angle)], 1)
    return 500 * numpy.roll(W_k, 1, 0), W_k
