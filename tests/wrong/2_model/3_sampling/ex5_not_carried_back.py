def top_p_probs(probs, p):
    best = probs.sort(descending=True).values
    kept = best.cumsum(0) - best < p
    return probs * kept / (probs * kept).sum()
