def winner(runs, seconds):
    best, name = math.inf, None
    for candidate, run in runs.items():
        bits = run['loss'] / math.log(2) * run['tokens'] / run['bytes']
        if run['seconds'] <= seconds and bits < best:
            best, name = bits, candidate
    return name
