def leaked(train, val):
    plain = lambda text: ''.join(text.lower().split())
    seen = set(map(plain, train))
    return [question for question in val if plain(question) in seen]
