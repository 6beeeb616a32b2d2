def share(shapes, r):
    return sum(r * n_in for n_out, n_in in shapes) / sum(n_out * n_in for n_out, n_in in shapes)
