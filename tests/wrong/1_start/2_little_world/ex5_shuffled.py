def make_split(n_train, n_val, seed):
    both = list(stories(n_train + n_val, seed))
    random.Random(seed).shuffle(both)
    return both[:n_train], both[n_train:]
