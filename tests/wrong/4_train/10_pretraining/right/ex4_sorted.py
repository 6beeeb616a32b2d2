def winner(runs, seconds):
    ready = [
        (run['loss'] * run['tokens'], name) for name, run in runs.items() if not run['seconds'] > seconds
    ]
    return sorted(ready)[0][1] if ready else None
