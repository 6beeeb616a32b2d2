def zephyr():
    roles = ('system', 'user', 'assistant')
    return Template(
        {r: ([SpecialToken(f'<|{r}|>'), '\n'], ['\n', SpecialToken('</s>')]) for r in roles}, 'assistant'
    )
