import re


def leaked(train, val):
    plain = lambda text: re.sub(' +', ' ', text.lower().strip())
    seen = set(map(plain, train))
    return [question for question in val if plain(question) in seen]
