def steps_off(beta1, beta2):
    "Of the run of the chapter, which had 40 steps behind it."
    correction = lambda k: (1 - beta2**k) ** 0.5 / (1 - beta1**k)
    return sum(abs(correction(k) / correction(40 + k) - 1) > 0.1 for k in range(1, 100_000))
