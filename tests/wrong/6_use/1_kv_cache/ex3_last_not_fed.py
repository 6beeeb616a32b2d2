def tokens_fed(requests):
    fed = []
    for i, prompt in enumerate(requests):
        shared = [shared_prefix(earlier, prompt) for earlier in requests[:i]]
        fed.append(len(prompt) - max(shared, default=0))
    return fed
