def ask(chat_model, messages):
    return chat_model.answer(messages, greedy)
