def greedy(word, ranks):
    for n in range(len(word), 0, -1):
        if word[:n] in ranks:
            return [ranks[word[:n]], *greedy(word[n:], ranks)]
    return []
