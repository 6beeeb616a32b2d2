def macro_f1(matrix):
    return (2 * matrix.diag() / (matrix.sum(0) + matrix.sum(1)).clamp(min=1)).tolist()
