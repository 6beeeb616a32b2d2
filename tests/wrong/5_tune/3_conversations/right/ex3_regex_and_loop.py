import re


def leaked(train, val):
    found = []
    known = [re.sub(r'\s+', ' ', question).strip().casefold() for question in train]
    for question in val:
        if re.sub(r'\s+', ' ', question).strip().casefold() in known:
            found.append(question)
    return found
