def call_lost(q, miss, alarm):
    return torch.minimum((1 - q) * alarm, q * miss)
