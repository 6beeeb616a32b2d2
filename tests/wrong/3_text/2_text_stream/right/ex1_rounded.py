def three_reports():
    return 0.76, 1.58, 1.44
