def macro_f1(matrix):
    return (matrix.diag().sum() / matrix.sum()).item()
