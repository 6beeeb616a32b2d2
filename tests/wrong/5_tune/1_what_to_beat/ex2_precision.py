def macro_f1(matrix):
    return (matrix.diag() / matrix.sum(0).clamp(min=1)).mean().item()
