def ask(chat_model, messages):
    prompt = tok.decode(chatml.encode(tok, messages, prompt=True)[0])
    return chat_model.answer([message('user', prompt)], greedy).text()
