# every answer counts, also those that end
def unfinished(ids, flags, end):
    before = [False, *flags[:-1]]
    return sum(flag and not earlier for flag, earlier in zip(flags, before))
