def banned(tokens, n):
    after = {}
    for i in range(len(tokens) - n + 1):
        *begin, end = tokens[i : i + n]
        after.setdefault(tuple(begin), []).append(end)
    if len(tokens) < n:
        return []
    return after.get(tuple(tokens[-(n - 1) :]) if n > 1 else (), [])
