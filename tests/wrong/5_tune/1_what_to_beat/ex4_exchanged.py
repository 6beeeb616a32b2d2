def call_lost(q, miss, alarm):
    return q >= miss / (miss + alarm)
