def call_lost(q, miss, alarm):
    return q / (1 - q) > alarm / miss
