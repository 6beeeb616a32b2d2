def three_reports():
    return 250_000 * 2.1 / 1_000_000, math.log(3), 8 * 180_000 / 1_000_000
