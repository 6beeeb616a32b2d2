# the id after an answer is compared, not its last one
def unfinished(ids, flags, end):
    n = 0
    for k in range(1, len(ids)):
        n += flags[k - 1] and not flags[k] and ids[k] != end
    return n + bool(flags[-1] and ids[-1] != end)
