def nats(model, prompt, answer):
    both = torch.tensor(prompt + answer)
    return F.cross_entropy(model(both[None])[0, :-1], both[1:], reduction='sum')
