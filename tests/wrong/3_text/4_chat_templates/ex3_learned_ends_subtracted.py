# answers less learned ends: an end inside of an answer hides another answer
def unfinished(ids, flags, end):
    before = [False, *flags[:-1]]
    answers = sum(flag and not earlier for flag, earlier in zip(flags, before))
    return answers - sum(flag and i == end for i, flag in zip(ids, flags))
