def cost_of_forgetting_colour():
    colours, closings = rank_weights(10), rank_weights(8)
    mentions = SKELETON['en'].count('{colour}') - 1
    for weight, form in zip(closings, FORMS['closing']['en']):
        mentions += weight / sum(closings) * form.count('{colour}')
    return mentions * entropy(colours)
