def ask(chat_model, messages):
    return text_after(prompt_of(messages))
