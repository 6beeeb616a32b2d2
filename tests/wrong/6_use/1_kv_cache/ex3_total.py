def tokens_fed(requests):
    total = 0
    for i, prompt in enumerate(requests):
        total += len(prompt) - max([shared_prefix(r, prompt[:-1]) for r in requests[:i]], default=0)
    return total
