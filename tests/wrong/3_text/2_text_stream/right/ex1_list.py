def three_reports():
    nats = [250_000 * 2.1, 1_000_000 * math.log(3)]
    return [n / math.log(2) / 1e6 for n in nats] + [180_000 * 8 / 1e6]
