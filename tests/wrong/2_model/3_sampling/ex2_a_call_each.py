def nats(model, prompt, answer):
    cost = 0.0
    for t, i in enumerate(answer):
        cost -= model(torch.tensor([prompt + answer[:t]]))[0, -1].log_softmax(-1)[i].item()
    return cost
