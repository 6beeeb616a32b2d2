def greedy(word, ranks):
    out, i = [], 0
    while i < len(word) - 1:
        n = next(n for n in range(len(word) - i, 0, -1) if word[i : i + n] in ranks)
        out.append(ranks[word[i : i + n]])
        i += n
    return out
