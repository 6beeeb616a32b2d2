def streaming_average(pieces):
    scores, values = zip(*pieces)
    return torch.cat(scores).softmax(0) @ torch.cat(values)
