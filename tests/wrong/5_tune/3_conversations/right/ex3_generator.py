def leaked(train, val):
    words = {tuple(question.upper().split()) for question in train}
    yield from (question for question in val if tuple(question.upper().split()) in words)
