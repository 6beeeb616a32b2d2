def call_lost(q, miss, alarm):
    return q >= min(0.9, max(0.1, alarm / (miss + alarm)))
