def zephyr():
    turns = {}
    for role in chatml.turns:
        turns[role] = (SpecialToken('<|' + role + '|>'), '\n'), (SpecialToken('</s>'), '\n')
    return Template(turns, 'assistant')
