# looks at the last answer only
def unfinished(ids, flags, end):
    learned = [i for i, flag in zip(ids, flags) if flag]
    return int(bool(learned) and learned[-1] != end)
