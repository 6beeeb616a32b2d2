def clip(grads, max_norm):
    length = torch.stack([torch.linalg.vector_norm(g) for g in grads]).norm()
    for g in grads:
        g /= max(length / max_norm, torch.ones(()))
    return length
