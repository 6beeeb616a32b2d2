def tokens_fed(requests):
    fed = []
    for i, prompt in enumerate(requests):
        best = 0
        for earlier in requests[:i]:
            best = max(best, common_prefix_len(earlier, prompt))
        fed.append(max(1, len(prompt) - best))
    return fed
