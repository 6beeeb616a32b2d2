def banned(tokens, n):
    last = sorted(tokens[len(tokens) - n + 1 :])
    return {tokens[i + n - 1] for i in range(len(tokens) - n + 1) if sorted(tokens[i : i + n - 1]) == last}
