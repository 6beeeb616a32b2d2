def smoothed(losses, window=5):
    return moving_average(losses, window)
