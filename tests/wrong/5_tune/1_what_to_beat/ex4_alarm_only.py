def call_lost(q, miss, alarm):
    return q >= alarm / (1 + alarm)
