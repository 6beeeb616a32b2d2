def orthogonalise(X):
    return newton_schulz(X)
