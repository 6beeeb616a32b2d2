from itertools import product


def leaks_and_safe_rows():
    leaks = safe = 0.0
    for where in product((True, False), repeat=3):
        p = 1.0
        for val in where:
            p *= 0.1 if val else 0.9
        leaks += 1000 * p * (any(where) and not all(where))
        safe += 1000 * p * sum(where) * all(where)
    return leaks, safe
