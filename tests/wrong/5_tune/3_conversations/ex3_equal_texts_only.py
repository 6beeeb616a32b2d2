def leaked(train, val):
    return [question for question in val if question in train]
