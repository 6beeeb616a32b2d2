def cost_of_forgetting_colour():
    tale = parse(story(0, 0))
    p = conditional_probability(('colour', tale.choices['colour']), frozenset())
    return -2 * math.log(p)
