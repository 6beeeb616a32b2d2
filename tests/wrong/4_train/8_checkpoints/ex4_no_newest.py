def thinned(steps):
    return sorted(
        {[s for s in steps if s % 10**n == 0][-1] for n in (1, 2, 3) if any(s % 10**n == 0 for s in steps)}
    )
