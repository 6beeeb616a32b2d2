def tokens_fed(requests):
    fed = []
    for i, prompt in enumerate(requests):
        whole = [len(r) for r in requests[:i] if r == prompt[: len(r)] and len(r) < len(prompt)]
        fed.append(len(prompt) - max(whole, default=0))
    return fed
