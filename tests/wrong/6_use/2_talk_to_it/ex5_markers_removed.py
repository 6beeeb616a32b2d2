def ask(chat_model, messages):
    text = '\n'.join(m['content'] for m in messages)
    return chat_model.answer([message('user', text)], greedy).text().upper()
