def tokens_fed(requests):
    known, fed = {()}, []
    for prompt in requests:
        n = len(prompt) - 1
        while tuple(prompt[:n]) not in known:
            n -= 1
        fed.append(len(prompt) - n)
        known |= {tuple(prompt[:i]) for i in range(len(prompt) + 1)}
    return tuple(fed)
