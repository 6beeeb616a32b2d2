# argmin of NumPy, a NumPy integer
import numpy as np


def best_step(rows):
    rows = [row for row in rows if 'val_loss' in row]
    losses = np.array([np.inf if row['val_loss'] is None else row['val_loss'] for row in rows], dtype=float)
    if not np.isfinite(losses).any():
        return None
    return np.int64(rows[int(losses.argmin())]['step'])
