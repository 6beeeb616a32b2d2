def clipped(mine, max_norm, total):
    norm = float(total(float(mine @ mine))) ** 0.5
    return mine * (max_norm / max(norm, max_norm))
