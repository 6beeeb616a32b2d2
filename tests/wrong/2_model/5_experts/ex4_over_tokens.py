def z_loss(scores):
    return scores.logsumexp(0).square().mean()
