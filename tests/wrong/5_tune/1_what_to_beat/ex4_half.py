def call_lost(q, miss, alarm):
    return q >= 0.5
