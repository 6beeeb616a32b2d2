def greedy(word, ranks):
    out = []
    while word:
        n = next(n for n in range(len(word), 0, -1) if word[:n] in ranks)
        out.append(word[:n])
        word = word[n:]
    return out
