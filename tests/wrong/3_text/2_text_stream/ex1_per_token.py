def three_reports():
    return 2.1 / math.log(2), math.log2(3), 1.44
