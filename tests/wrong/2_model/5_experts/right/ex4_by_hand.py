def z_loss(scores):
    largest = scores.amax(-1, keepdim=True)
    z = largest[:, 0] + (scores - largest).exp().sum(-1).log()
    return (z * z).sum() / len(scores)
