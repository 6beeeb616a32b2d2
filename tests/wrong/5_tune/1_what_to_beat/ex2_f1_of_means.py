def macro_f1(matrix):
    precision = (matrix.diag() / matrix.sum(0).clamp(min=1)).mean()
    recall = (matrix.diag() / matrix.sum(1).clamp(min=1)).mean()
    return (2 * precision * recall / (precision + recall)).item()
