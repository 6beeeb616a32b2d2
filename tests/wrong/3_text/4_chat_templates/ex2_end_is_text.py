def zephyr():
    roles = ('system', 'user', 'assistant')
    return Template({r: ([SpecialToken(f'<|{r}|>'), '\n'], ['</s>', '\n']) for r in roles}, 'assistant')
