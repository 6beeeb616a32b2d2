def orthogonalise(X):
    for _ in range(40):
        X = 1.5 * X - 0.5 * X @ X.T @ X
    return X
