def make_split(n_train, n_val, seed):
    train = list(stories(n_train, seed))
    val = list(stories(n_val, 1))
    return train, val
