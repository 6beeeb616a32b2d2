from itertools import chain, count, islice


def rows_from(step, n, perm, N=12, B=4):
    epoch, skip = divmod(step * B, N)
    stream = chain.from_iterable(map(perm, count(epoch)))
    return tuple(islice(stream, skip, skip + n * B))
