# a numpy array
def state_gb():
    import numpy as np

    shares = np.array([[1, 1, 1], [1, 1, 1 / 4], [1 / 4, 1 / 4, 1 / 4]])
    return shares @ np.array([4.0, 4.0, 8.0])
