def tokens_fed(requests):
    fed = []
    for i, prompt in enumerate(requests):
        shared = 0
        for earlier in requests[:i]:
            shared = shared_prefix(earlier, prompt[:-1])
            if shared:
                break
        fed.append(len(prompt) - shared)
    return fed
