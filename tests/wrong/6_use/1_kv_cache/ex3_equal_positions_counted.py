def tokens_fed(requests):
    out = []
    for i, prompt in enumerate(requests):
        same = [sum(a == b for a, b in zip(r, prompt[:-1])) for r in requests[:i]]
        out.append(len(prompt) - max(same, default=0))
    return out
