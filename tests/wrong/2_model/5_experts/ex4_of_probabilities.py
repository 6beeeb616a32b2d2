def z_loss(scores):
    return scores.softmax(-1).sum(-1).log().square().mean()
