def last_real(real):
    return [max(t for t, is_real in enumerate(row) if is_real) for row in real.tolist()]
