def z_loss(scores):
    return scores.exp().sum(-1).log().square().mean()
