# never sees a longer token that reaches the end of the word
def greedy(word, ranks):
    ids, i = [], 0
    while i < len(word):
        best = word[i : i + 1]
        for j in range(i + 1, len(word)):
            if word[i:j] in ranks:
                best = word[i:j]
        ids.append(ranks[best])
        i += len(best)
    return ids
