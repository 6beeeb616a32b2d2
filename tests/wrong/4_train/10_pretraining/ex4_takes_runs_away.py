def winner(runs, seconds):
    for name in list(runs):
        if runs[name]['seconds'] > seconds:
            del runs[name]
    return min(runs, key=lambda n: runs[n]['loss'] * runs[n]['tokens'] / runs[n]['bytes'], default=None)
