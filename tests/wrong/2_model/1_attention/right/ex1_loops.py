def pencil():
    total, average = 0.0, 0.0
    for score, value in ((0, 8), (math.log(3), 16)):
        total += math.exp(score)
        average += math.exp(score) * value
    return average / total
