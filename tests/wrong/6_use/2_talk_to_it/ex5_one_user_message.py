def ask(chat_model, messages):
    prompt = '\n'.join(m['content'] for m in messages)
    return chat_model.answer([message('user', prompt)], greedy).text()
