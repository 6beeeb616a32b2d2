def smoothed(losses, window=5):
    half = window // 2
    full = [sum(losses[i - half : i + half + 1]) / window for i in range(half, len(losses) - half)]
    return full[:1] * half + full + full[-1:] * half if full else list(losses)
