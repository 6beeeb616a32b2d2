def winner(runs, seconds):
    ready = {name: run for name, run in runs.items() if run['seconds'] <= seconds}
    return min(ready, key=lambda name: ready[name]['tokens'], default=None)
