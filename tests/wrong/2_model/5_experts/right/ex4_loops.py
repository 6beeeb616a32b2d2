def z_loss(scores):
    import math

    squares = []
    for row in scores.tolist():
        m = max(row)
        squares.append((m + math.log(sum(math.exp(s - m) for s in row))) ** 2)
    return sum(squares) / len(squares)
