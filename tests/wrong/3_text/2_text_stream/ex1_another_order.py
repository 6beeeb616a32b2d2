def three_reports():
    return math.log2(3), 2.1 / 4 / math.log(2), 1.44
