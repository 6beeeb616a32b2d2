def greedy(word, ranks):
    out, at = [], 0
    while at < len(word):
        token = max((t for t in ranks if word.startswith(t, at)), key=len)
        out.append(ranks[token])
        at += len(token)
    return tuple(out)
