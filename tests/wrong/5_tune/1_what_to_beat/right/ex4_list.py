def call_lost(q, miss, alarm):
    return [x * miss > (1 - x) * alarm for x in q.tolist()]
