def shorten(template, messages, room):
    if len(messages) < 2:
        return []
    if len(template.encode(tok, messages, prompt=True)[0]) <= room:
        return messages
    return shorten(template, messages[:1] + messages[3:], room)
