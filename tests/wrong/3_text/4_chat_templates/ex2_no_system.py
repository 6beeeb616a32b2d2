def zephyr():
    roles = ('user', 'assistant')
    return Template(
        {r: ([SpecialToken(f'<|{r}|>'), '\n'], [SpecialToken('</s>'), '\n']) for r in roles}, 'assistant'
    )
