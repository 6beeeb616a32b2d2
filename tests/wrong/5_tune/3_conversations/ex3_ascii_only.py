def leaked(train, val):
    plain = lambda text: ''.join(c for c in text.lower() if c.isascii() and c.isalnum())
    seen = set(map(plain, train))
    return [question for question in val if plain(question) in seen]
