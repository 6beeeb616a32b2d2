def winner(runs, seconds):
    return min(
        runs, key=lambda name: runs[name]['loss'] * runs[name]['tokens'] / runs[name]['bytes'], default=None
    )
