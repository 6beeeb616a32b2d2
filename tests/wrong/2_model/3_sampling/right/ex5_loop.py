def top_p_probs(probs, p):
    out, mass = [0.0] * len(probs), 0.0
    for i in probs.argsort(descending=True).tolist():
        if mass >= p:
            break
        out[i] = probs[i].item()
        mass += out[i]
    return torch.tensor(out) / sum(out)
