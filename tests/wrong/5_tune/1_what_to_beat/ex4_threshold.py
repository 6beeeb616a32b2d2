def call_lost(q, miss, alarm):
    return alarm / (miss + alarm)
