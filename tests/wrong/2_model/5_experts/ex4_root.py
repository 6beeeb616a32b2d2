def z_loss(scores):
    return scores.logsumexp(-1).square().mean().sqrt()
