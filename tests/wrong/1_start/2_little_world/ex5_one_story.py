def make_split(n_train, n_val, seed):
    train = list(stories(n_train, seed))
    val = [story(seed, n_train) for _ in range(n_val)]
    return train, val
