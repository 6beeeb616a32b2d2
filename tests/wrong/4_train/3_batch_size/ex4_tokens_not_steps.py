def beta2_for(beta2, old, new):
    half_life = old * math.log(0.5) / math.log(beta2)
    return 0.5 ** (1 / half_life)
