def leaked(train, val):
    seen = {question.lower().strip() for question in train}
    return [question for question in val if question.lower().strip() in seen]
