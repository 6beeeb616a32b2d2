def steps_off(beta1, beta2):
    "The number of the last step that is off, not how many are."
    times = lambda k: (1 - beta2**k) ** 0.5 / (1 - beta1**k)
    return max(k for k in range(1, 100_000) if abs(times(k) - 1) > 0.1)
