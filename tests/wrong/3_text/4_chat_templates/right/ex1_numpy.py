def ids_and_learned():
    import numpy as np

    sizes = np.array([5, 7, 4, 6, 3])
    return (sizes + 5).sum(), (sizes[2::2] + 1).sum()
