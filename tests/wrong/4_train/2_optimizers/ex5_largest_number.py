# the largest number is no bound for singular values
def orthogonalise(X):
    X = X / X.abs().max()
    for _ in range(40):
        X = 1.5 * X - 0.5 * X @ X.T @ X
    return X
