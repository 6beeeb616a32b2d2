def rows_that_fit(batch, fixed, per_row, memory):
    room = (memory - fixed) // per_row
    while room > 0 and math.gcd(room, batch) != room:
        room -= 1
    return room if room > 0 else None
