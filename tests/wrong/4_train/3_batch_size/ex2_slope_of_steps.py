def critical_batch(sizes, steps):
    slope = (steps[1] - steps[0]) / (sizes[1] - sizes[0])
    return slope, steps[0] - slope * sizes[0], (steps[0] - slope * sizes[0]) / slope
