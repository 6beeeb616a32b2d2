def greedy(word, ranks):
    out, i = [], 0
    while i < len(word):
        j = i + 1
        while j < len(word) and word[i : j + 1] in ranks:
            j += 1
        out.append(ranks[word[i:j]])
        i = j
    return out
