def thinned(steps):
    return sorted({steps[-1], *({steps[-1] // 10**n * 10**n for n in range(1, 9)} & {*steps})})
