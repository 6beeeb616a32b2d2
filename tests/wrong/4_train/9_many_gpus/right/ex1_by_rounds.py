def bytes_sent(strategy, weights, n, micros):
    part = 4 * weights / n  # a round of the ring
    once = (n - 1) * part
    if strategy == 'ddp':
        return once + once
    return sum(once + once + once for _ in range(micros))
