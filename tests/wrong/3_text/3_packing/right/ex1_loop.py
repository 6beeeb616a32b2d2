def allowed_pairs():
    documents = [0] * 4 + [1] * 2 + [2] * 3 + [-1]
    return sum(documents[i] == documents[j] for i in range(10) for j in range(i + 1))
