def critical_batch(sizes, steps):
    import math

    slope = math.log(steps[1] / steps[0]) / math.log(sizes[1] / sizes[0])
    return slope, steps[0], sizes[0]
