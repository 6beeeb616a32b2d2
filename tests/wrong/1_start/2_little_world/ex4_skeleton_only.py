def cost_of_forgetting_colour():
    p = [conditional_probability(('colour', v), frozenset()) for v in range(10)]
    return entropy(p)
