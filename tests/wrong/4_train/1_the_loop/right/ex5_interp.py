def lr_of(step, steps, warmup, decay, peak):
    import numpy as np

    return np.interp(step, [-1, warmup, steps - decay, steps], [0, peak, peak, 0])
