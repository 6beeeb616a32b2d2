def top_p_probs(probs, p):
    return sampling_probs(probs.log()[None], top_p=p)[0]
