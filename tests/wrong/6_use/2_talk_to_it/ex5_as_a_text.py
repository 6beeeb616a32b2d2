def ask(chat_model, messages):
    prompt = tok.decode(chatml.encode(tok, messages, prompt=True)[0])
    return chat_model.continue_text(prompt, greedy).text()
