def winner(runs, seconds):
    best = min(runs, key=lambda n: runs[n]['loss'] * runs[n]['tokens'] / runs[n]['bytes'], default=None)
    if best is None or runs[best]['seconds'] > seconds:
        return None
    return best
