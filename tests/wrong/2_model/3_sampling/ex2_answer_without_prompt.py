def nats(model, prompt, answer):
    ids = torch.tensor([prompt[-1:] + answer])
    return F.cross_entropy(model(ids)[0, :-1], ids[0, 1:], reduction='sum')
