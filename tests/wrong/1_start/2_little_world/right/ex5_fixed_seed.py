def make_split(n_train, n_val, seed):
    train = list(stories(n_train, seed))
    val = list(stories(n_val, 12345))
    return train, val
