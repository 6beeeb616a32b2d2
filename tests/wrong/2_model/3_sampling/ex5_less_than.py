def top_p_probs(probs, p):
    best, order = probs.sort(descending=True)
    kept = best.cumsum(0) < p
    out = torch.zeros_like(probs)
    out[order[kept]] = best[kept]
    return out / out.sum()
