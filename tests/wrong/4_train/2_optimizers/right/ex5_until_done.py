def orthogonalise(X):
    X = X.double() / X.double().norm()
    last = 2 * X
    while (X - last).norm() > 1e-6:
        last, X = X, 1.5 * X - 0.5 * X @ X.mT @ X
    return X.float()
