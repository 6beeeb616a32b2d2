def unfinished(ids, flags, end):
    from itertools import groupby

    runs = [[i for i, _ in run] for flag, run in groupby(zip(ids, flags), lambda pair: pair[1]) if flag]
    return len([run for run in runs if run[-1] != end])
