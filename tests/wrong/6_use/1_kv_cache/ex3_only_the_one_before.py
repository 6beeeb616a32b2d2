def tokens_fed(requests):
    fed, before = [], []
    for prompt in requests:
        fed.append(len(prompt) - shared_prefix(before, prompt[:-1]))
        before = prompt
    return fed
