def ask(chat_model, messages):
    return ''.join(piece for piece in chat_model.answer(messages, greedy))
