def three_reports():
    return 2.1 / 4 / math.log(2), math.log2(3), 8 * 0.82
