def tokens_fed(requests):
    out = []
    for i, prompt in enumerate(requests):
        out.append(max([shared_prefix(r, prompt[:-1]) for r in requests[:i]], default=0))
    return out
