def zephyr():
    roles = ('system', 'user', 'assistant')
    return Template(
        {r: ([SpecialToken(f'<|{r}|>'), '\n'], [SpecialToken('</s>'), '\n']) for r in roles}, 'user'
    )
