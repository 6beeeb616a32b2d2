def orthogonalise(X):
    return torch.linalg.qr(X).Q
