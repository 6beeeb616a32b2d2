def call_lost(q, miss, alarm):
    return torch.full_like(q, q.mean() * miss > (1 - q.mean()) * alarm, dtype=torch.bool)
