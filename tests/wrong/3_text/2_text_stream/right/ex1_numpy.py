# a list of numpy numbers
def three_reports():
    nats = np.array([2.1 * 250_000, 1_000_000 * np.log(3), 8 * 180_000 * np.log(2)])
    return list(nats / 1e6 / np.log(2))
