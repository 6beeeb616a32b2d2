# plain loop for the squares, an if for the length
def clipped(mine, max_norm, total):
    squares = torch.zeros(())
    for x in mine.flatten():
        squares = squares + x * x
    norm = total(squares) ** 0.5
    if norm <= max_norm:
        return mine.clone()
    return mine * max_norm / norm
