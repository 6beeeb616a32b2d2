def mixed():
    probs, answers = torch.tensor([0.5, 0.1, 0.3, 0.1]), torch.tensor([8.0, 100.0, 16.0, 200.0])
    weight, chosen = probs.topk(2)
    return weight / weight.sum() @ answers[chosen]
