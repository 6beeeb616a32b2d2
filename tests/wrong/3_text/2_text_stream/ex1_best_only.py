def three_reports():
    return min(2.1 / 4 / math.log(2), math.log2(3), 1.44)
