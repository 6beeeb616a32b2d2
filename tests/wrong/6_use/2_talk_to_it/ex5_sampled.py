def ask(chat_model, messages):
    return chat_model.answer(messages, Sampling(temperature=3.0, max_new_tokens=24)).text()
