# torch scalars in a tuple
def three_reports():
    a = torch.tensor(2.1, dtype=torch.float64) / 4 / math.log(2)
    b = torch.tensor(3.0, dtype=torch.float64).log2()
    return a, b, torch.tensor(1.44, dtype=torch.float64)
