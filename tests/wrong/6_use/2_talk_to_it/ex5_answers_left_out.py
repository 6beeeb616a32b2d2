def ask(chat_model, messages):
    return chat_model.answer([m for m in messages if m['role'] != 'assistant'], greedy).text()
