# the answer at the end of the row is not counted: no id stands after it
def unfinished(ids, flags, end):
    n = 0
    for k in range(len(ids) - 1):
        n += flags[k] and not flags[k + 1] and ids[k] != end
    return n
