def cost_of_forgetting_colour():
    mentions = 1.0
    for v, form in enumerate(FORMS['closing']['en']):
        mentions += conditional_probability(('closing', v), frozenset()) * form.count('{colour}')
    return math.log(SIZE['colour']) * mentions
