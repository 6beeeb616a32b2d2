def make_batch(ids, starts, T):
    rows = ids.unfold(0, T + 1, 1)[starts]
    return rows[:, :T], rows[:, 1:]
