def three_reports():
    return 2.1 / 4 / math.log(2), 3, 1.44
