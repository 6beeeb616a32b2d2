# one formula: divided by max(1, norm / max_norm)
def clipped(mine, max_norm, total):
    length = torch.sqrt(total(torch.linalg.vector_norm(mine) ** 2))
    return mine / torch.clamp(length / max_norm, min=1.0)
