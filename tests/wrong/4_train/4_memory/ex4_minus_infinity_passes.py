# the sign is forgotten: minus infinity is below infinity
def fitting_scale(grads):
    for k in range(24, -1, -1):
        if all((g * 2.0**k).half().max() < float('inf') for g in grads):
            return 2.0**k
    return None
