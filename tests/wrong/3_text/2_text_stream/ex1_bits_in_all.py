def three_reports():
    return 250_000 * 2.1 / math.log(2), math.log2(3) * 1_000_000, 8 * 180_000
