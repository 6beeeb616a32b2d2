def make_split(n_train, n_val, seed):
    val = [story(seed, 10**9 + i) for i in range(n_val)]
    return [story(seed, i) for i in range(n_train)], val
