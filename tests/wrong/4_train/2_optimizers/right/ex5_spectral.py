def orthogonalise(X):
    X = X / torch.linalg.matrix_norm(X, 2)
    for _ in range(60):
        X = 0.5 * X @ (3 * torch.eye(X.shape[1]) - X.T @ X)
    return X
