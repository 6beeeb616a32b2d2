def tokens_fed(requests):
    seen, fed = set(), []
    for prompt in requests:
        fed.append(max(1, len([i for i in prompt if i not in seen])))
        seen.update(prompt)
    return fed
