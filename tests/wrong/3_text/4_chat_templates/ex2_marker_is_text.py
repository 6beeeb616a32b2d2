def zephyr():
    roles = ('system', 'user', 'assistant')
    return Template({r: ([f'<|{r}|>\n'], [SpecialToken('</s>'), '\n']) for r in roles}, 'assistant')
