# in float64
def orthogonalise(X):
    import numpy as np

    Y = X.detach().numpy().astype(np.float64)
    Y = Y / np.abs(Y).max()
    Y = Y / np.linalg.norm(Y)
    for _ in range(60):
        Y = 1.5 * Y - 0.5 * (Y @ (Y.T @ Y))
    return torch.from_numpy(Y).to(X.dtype)
