def banned(tokens, n):
    return {b for a, b in zip(tokens, tokens[1:]) if a == tokens[-1]}
