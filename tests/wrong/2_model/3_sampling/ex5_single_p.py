def top_p_probs(probs, p):
    out = probs * (probs >= p * probs.max())  # min-p
    return out / out.sum()
