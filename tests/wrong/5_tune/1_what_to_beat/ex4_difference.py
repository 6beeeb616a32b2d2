def call_lost(q, miss, alarm):
    return q >= 0.5 + (alarm - miss) / (2 * (alarm + miss)) / 2
