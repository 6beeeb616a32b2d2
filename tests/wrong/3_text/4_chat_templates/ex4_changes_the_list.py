def shorten(template, messages, room):
    while len(messages) > 1 and len(template.encode(tok, messages, prompt=True)[0]) > room:
        del messages[1:3]
    return messages if len(messages) > 1 else []
