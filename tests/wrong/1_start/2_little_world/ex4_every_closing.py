def cost_of_forgetting_colour():
    h = entropy([conditional_probability(('colour', v), frozenset()) for v in range(10)])
    return h * (1 + sum('{colour}' in form for form in FORMS['closing']['en']))
