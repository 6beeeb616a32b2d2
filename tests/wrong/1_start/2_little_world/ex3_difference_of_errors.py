def compare(a, b):
    return mean(a) - mean(b), abs(sem(a) - sem(b))
