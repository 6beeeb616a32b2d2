def macro_f1(matrix):
    f1 = 2 * matrix.diag() / (matrix.sum(0) + matrix.sum(1)).clamp(min=1)
    return ((f1 * matrix.sum(1)).sum() / matrix.sum()).item()
