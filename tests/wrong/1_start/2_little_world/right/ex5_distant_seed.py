def make_split(n_train, n_val, seed):
    return stories(n_train, seed), stories(n_val, seed + 10_000)
