def zephyr():
    end = [SpecialToken('</s>'), '\n']
    return Template(
        {
            'assistant': ([SpecialToken('<|assistant|>'), '\n'], end),
            'user': ([SpecialToken('<|user|>'), '\n'], end),
            'system': ([SpecialToken('<|system|>'), '\n'], end),
        },
        answer='assistant',
    )
