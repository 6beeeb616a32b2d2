def beta2_for(beta2, old, new):
    return old * math.log(0.5) / math.log(beta2)
