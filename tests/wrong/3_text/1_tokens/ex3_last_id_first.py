def greedy(word, ranks):
    out = []
    while word:
        token = max((t for t in ranks if word.startswith(t)), key=ranks.get)
        out.append(ranks[token])
        word = word[len(token) :]
    return out
