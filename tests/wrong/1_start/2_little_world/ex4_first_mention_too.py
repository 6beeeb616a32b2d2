def cost_of_forgetting_colour():
    h = entropy([conditional_probability(('colour', v), frozenset()) for v in range(10)])
    mentions = SKELETON['en'].count('{colour}')
    for v, form in enumerate(FORMS['closing']['en']):
        mentions += conditional_probability(('closing', v), frozenset()) * form.count('{colour}')
    return h * mentions
