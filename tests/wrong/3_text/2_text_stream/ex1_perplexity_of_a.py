def three_reports():
    return math.exp(2.1) / 4, math.log2(3), 1.44
