def ask(chat_model, messages):
    prompt = chatml.encode(tok, messages, prompt=True)[0]
    return tok.decode(list(ids_after(prompt, KVCache(2), model=chat_model.model)))
