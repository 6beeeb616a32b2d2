# counts all ends of the row, learned or not
def unfinished(ids, flags, end):
    before = [False, *flags[:-1]]
    answers = sum(flag and not earlier for flag, earlier in zip(flags, before))
    return max(0, answers - list(ids).count(end))
