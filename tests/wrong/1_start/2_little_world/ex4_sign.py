def cost_of_forgetting_colour():
    p = [conditional_probability(('colour', v), frozenset()) for v in range(10)]
    h = sum(x * math.log(x) for x in p)
    closings = enumerate(FORMS['closing']['en'])
    told = [v for v, form in closings if 'colour' in form]
    seen = sum(conditional_probability(('closing', v), frozenset()) for v in told)
    return h * (1 + seen)
