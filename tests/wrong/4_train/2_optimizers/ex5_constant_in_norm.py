# the constant is larger than the norm of a tiny matrix
def orthogonalise(X):
    X = X / (X.norm() + 1e-7)
    for _ in range(30):
        X = 1.5 * X - 0.5 * X @ X.T @ X
    return X
