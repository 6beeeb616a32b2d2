def proves_leak(losses, floors):
    return bool((losses < floors).float().mean() > 0.5)
