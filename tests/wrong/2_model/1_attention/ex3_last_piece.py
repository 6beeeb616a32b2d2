def streaming_average(pieces):
    for scores, values in pieces:
        average = scores.softmax(0) @ values
    return average
