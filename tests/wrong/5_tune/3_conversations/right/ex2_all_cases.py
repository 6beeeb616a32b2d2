from itertools import product


def leak_and_safe():
    leak = safe = 0.0
    for where in product((True, False), repeat=3):
        p = 1.0
        for val in where:
            p *= 0.2 if val else 0.8
        safe += p * all(where)
        leak += p * (where[0] and not all(where)) / 0.2
    return leak, safe
