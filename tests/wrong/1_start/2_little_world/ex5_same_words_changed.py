def make_split(n_train, n_val, seed):
    train = list(stories(n_train, seed))
    val = [text + ' ' for text in stories(n_val, seed, start=n_train - n_val)]
    return train, val
