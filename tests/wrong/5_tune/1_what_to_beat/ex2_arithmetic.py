def macro_f1(matrix):
    precision = matrix.diag() / matrix.sum(0).clamp(min=1)
    recall = matrix.diag() / matrix.sum(1).clamp(min=1)
    return ((precision + recall) / 2).mean().item()
