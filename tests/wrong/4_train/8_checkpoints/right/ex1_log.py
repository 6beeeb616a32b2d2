import math


def times_as_long(beta1, beta2):
    return math.exp(0.5 * math.log(1 - beta2) - math.log(1 - beta1))
