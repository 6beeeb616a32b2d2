def greedy(word, ranks):
    if not word:
        return []
    token = max((t for t in ranks if t in word), key=len)
    i = word.index(token)
    return greedy(word[:i], ranks) + [ranks[token]] + greedy(word[i + len(token) :], ranks)
