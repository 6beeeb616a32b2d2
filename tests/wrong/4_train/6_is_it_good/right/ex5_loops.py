def better(a, b):
    d = [[x - y for x, y in zip(row_a, row_b)] for row_a, row_b in zip(a.tolist(), b.tolist())]
    R, N = len(d), len(d[0])

    def variance_of_the_mean(values):
        mean = math.fsum(values) / len(values)
        return math.fsum((x - mean) ** 2 for x in values) / (len(values) - 1) / len(values)

    by_seed = [math.fsum(row) / N for row in d]
    by_story = [math.fsum(row[i] for row in d) / R for i in range(N)]
    mean = math.fsum(by_seed) / R
    square = t_quantile(R - 1) ** 2 * variance_of_the_mean(by_seed) + 1.96**2 * variance_of_the_mean(by_story)
    if mean**2 <= square:
        return 'unsure'
    return 'A' if mean < 0 else 'B'
