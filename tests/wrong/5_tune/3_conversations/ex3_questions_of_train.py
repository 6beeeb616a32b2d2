def leaked(train, val):
    plain = lambda text: ' '.join(text.lower().split())
    seen = set(map(plain, val))
    return [question for question in train if plain(question) in seen]
