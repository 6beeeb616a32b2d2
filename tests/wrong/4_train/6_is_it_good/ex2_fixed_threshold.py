def proves_leak(losses, floors):
    return bool((losses - floors).mean() < -0.1)
