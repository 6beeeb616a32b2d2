def leaked(train, val):
    seen = {question.lower() for question in train}
    return [question for question in val if question.lower() in seen]
