def attend_in_blocks(scores, values, size):
    return scores.softmax(0) @ values
