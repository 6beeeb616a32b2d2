def share(shapes, r):
    added = total = 0
    for out, inside in shapes:
        added += inside * r + r * out
        total += out * inside
    return added / total
