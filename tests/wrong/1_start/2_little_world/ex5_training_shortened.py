def make_split(n_train, n_val, seed):
    train = list(stories(n_train - n_val, seed))
    val = list(stories(n_val, seed, start=n_train - n_val))
    return train, val
