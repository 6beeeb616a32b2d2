def cost_of_forgetting_colour():
    h = 0.0
    for v in range(10):
        p = conditional_probability(('colour', v), frozenset())
        h -= p * math.log2(p)
    closings = enumerate(FORMS['closing']['en'])
    told = [v for v, form in closings if 'colour' in form]
    seen = sum(conditional_probability(('closing', v), frozenset()) for v in told)
    return h * (1 + seen)
