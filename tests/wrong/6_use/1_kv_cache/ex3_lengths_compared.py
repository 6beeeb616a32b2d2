def tokens_fed(requests):
    out, longest = [], 0
    for prompt in requests:
        out.append(max(1, len(prompt) - longest))
        longest = max(longest, len(prompt))
    return out
