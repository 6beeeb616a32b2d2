def tokens_fed(requests):
    return [len(p) - (shared_prefix(requests[0], p[:-1]) if i else 0) for i, p in enumerate(requests)]
