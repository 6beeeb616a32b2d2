def z_loss(scores):
    top = scores.max(-1, keepdim=True).values
    return (scores - top).exp().sum(-1).log().square().mean()
