def leaked(train, val):
    plain = lambda text: ' '.join(text.lower().split())
    return [question for question in val if any(plain(question) in plain(other) for other in train)]
