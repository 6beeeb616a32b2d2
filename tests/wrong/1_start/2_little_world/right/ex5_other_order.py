def make_split(n_train, n_val, seed):
    train, val = list(stories(n_train, seed)), []
    i = n_train + n_val
    while len(val) < n_val:
        i -= 1
        val.append(story(seed, i))
    return tuple(train), tuple(val)
