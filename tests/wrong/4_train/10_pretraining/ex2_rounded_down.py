def rows_that_fit(batch, fixed, per_row, memory):
    room = int((memory - fixed) // per_row)
    if room < 1:
        return None
    return batch // math.ceil(batch / room)
