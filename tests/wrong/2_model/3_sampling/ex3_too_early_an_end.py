def banned(tokens, n):
    last = tokens[len(tokens) - n + 1 :]
    return {tokens[i + n - 1] for i in range(len(tokens) - n) if tokens[i : i + n - 1] == last}
