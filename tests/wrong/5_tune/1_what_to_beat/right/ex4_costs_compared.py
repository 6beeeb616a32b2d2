def call_lost(q, miss, alarm):
    return (1 - q) * alarm < q * miss
