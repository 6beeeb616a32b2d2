def macro_f1(matrix):
    precision = (matrix.diag() / matrix.sum(0)).nan_to_num(0)
    recall = (matrix.diag() / matrix.sum(1)).nan_to_num(0)
    return (2 * precision * recall / (precision + recall)).nan_to_num(0).mean()
