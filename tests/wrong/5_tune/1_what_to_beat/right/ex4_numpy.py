def call_lost(q, miss, alarm):
    return q.numpy() > alarm / (alarm + miss)
