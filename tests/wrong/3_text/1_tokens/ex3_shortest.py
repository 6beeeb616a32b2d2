def greedy(word, ranks):
    return [ranks[bytes([b])] for b in word]
