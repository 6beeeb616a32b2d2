def pencil():
    scores = torch.tensor([0.0, math.log(3), -math.inf])
    return scores.softmax(0) @ torch.tensor([8.0, 16.0, 40.0])
