def orthogonalise(X):
    X = X / X.norm()
    for _ in range(5):
        X = 1.5 * X - 0.5 * X @ X.T @ X
    return X
