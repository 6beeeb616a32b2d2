def greedy(word, ranks):
    out = []
    while word:
        n = next(n for n in range(len(word), 0, -1) if word[-n:] in ranks)
        out = [ranks[word[-n:]]] + out
        word = word[:-n]
    return out
