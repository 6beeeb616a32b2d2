def compare(a, b):
    return mean(a) - mean(b), (sem(a) ** 2 + sem(b) ** 2) ** 0.5
