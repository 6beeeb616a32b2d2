def orthogonalise(X):
    U, S, Vt = torch.linalg.svd(X, full_matrices=False)
    return U @ Vt
