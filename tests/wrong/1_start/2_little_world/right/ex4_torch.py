def cost_of_forgetting_colour():
    def distribution(slot):
        return torch.tensor([conditional_probability((slot, v), frozenset()) for v in range(SIZE[slot])])

    p = distribution('colour')
    mentions = torch.tensor([1.0 + form.count('{colour}') for form in FORMS['closing']['en']])
    return -(p * p.log()).sum() * (distribution('closing') @ mentions)
