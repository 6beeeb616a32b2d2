# the marker does not stand on a line of its own
def zephyr():
    turn = lambda role: ([SpecialToken(f'<|{role}|>')], [SpecialToken('</s>'), '\n'])
    return Template({role: turn(role) for role in ('system', 'user', 'assistant')}, 'assistant')
