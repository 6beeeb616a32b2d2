def top_p_probs(probs, p):
    best = probs.sort(descending=True).values
    out = best * (best.cumsum(0) - best < p)
    return out / out.sum()
