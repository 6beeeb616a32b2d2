# says whether there is one, not how many
def unfinished(ids, flags, end):
    following = [*flags[1:], False]
    return any(flag and not more and i != end for i, flag, more in zip(ids, flags, following))
