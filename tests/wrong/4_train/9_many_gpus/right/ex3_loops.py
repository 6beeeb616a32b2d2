# plain loops over rows
def log_sum_exp(mine, total, largest):
    peak = largest(torch.stack([max(row) for row in mine]))
    sums = []
    for row, top in zip(mine, peak):
        sums.append(sum(torch.exp(x - top) for x in row))
    return total(torch.stack(sums)).log().add(peak)
