def z_loss(scores):
    return scores.square().logsumexp(-1).mean()
