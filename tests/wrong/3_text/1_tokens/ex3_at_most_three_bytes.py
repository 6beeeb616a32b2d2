def greedy(word, ranks):
    out = []
    while word:
        n = next(n for n in (3, 2, 1) if word[:n] in ranks)
        out.append(ranks[word[:n]])
        word = word[n:]
    return out
