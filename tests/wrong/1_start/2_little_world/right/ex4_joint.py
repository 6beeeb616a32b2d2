def cost_of_forgetting_colour():
    total = 0.0
    for (colour,), w in joint(('colour',)).items():
        for (closing,), u in joint(('closing',)).items():
            p = w / sum(joint(('colour',)).values())
            q = u / sum(joint(('closing',)).values())
            later = 1 + ('{colour}' in FORMS['closing']['en'][closing])
            total += p * q * later * -math.log(p)
    return total
