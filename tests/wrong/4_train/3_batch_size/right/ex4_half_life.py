def beta2_for(beta2, old, new):
    half_life = old * math.log(0.5) / math.log(beta2)  # tokens
    return 0.5 ** (new / half_life)
