def banned(tokens, n):
    last = tokens[-n:]
    return {tokens[i + n] for i in range(len(tokens) - n) if tokens[i : i + n] == last}
