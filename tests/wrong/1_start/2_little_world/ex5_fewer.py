def make_split(n_train, n_val, seed):
    train = list(stories(n_train, seed))
    val = list(stories(n_val, seed, start=n_train - n_val // 2))
    return train, [text for text in val if text not in train]
