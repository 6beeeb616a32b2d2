def call_lost(q, miss, alarm):
    return (q > alarm / (miss + alarm)).long()
