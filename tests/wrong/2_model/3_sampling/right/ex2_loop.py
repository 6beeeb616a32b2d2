def nats(model, prompt, answer):
    logits = model(torch.tensor([prompt + answer]))[0].tolist()
    cost = 0.0
    for t, i in enumerate(answer, len(prompt) - 1):
        cost += math.log(sum(math.exp(z) for z in logits[t])) - logits[t][i]
    return cost
