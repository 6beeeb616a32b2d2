def greedy(word, ranks):
    return encode_word(word, ranks)
