def average(a, b, out):
    one, two = from_pretrained(a).float(), from_pretrained(b).float()
    if one.cfg != two.cfg:
        raise ValueError(f'{one.cfg} and {two.cfg}')
    state, other = one.state_dict(), two.state_dict()
    one.load_state_dict({k: (state[k] + other[k]) / 2 for k in state})
    save_pretrained(one, out)
