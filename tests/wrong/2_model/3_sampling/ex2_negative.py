def nats(model, prompt, answer):
    logits = model(torch.tensor([prompt + answer]))[0, len(prompt) - 1 : -1]
    return -F.cross_entropy(logits, torch.tensor(answer), reduction='sum').item()
