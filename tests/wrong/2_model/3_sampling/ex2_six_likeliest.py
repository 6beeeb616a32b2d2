def nats(model, prompt, answer):
    logits = model(torch.tensor([prompt + answer]))[0, len(prompt) - 1 : -1]
    lp = logits.gather(1, torch.tensor(answer)[:, None])[:, 0] - logits.topk(6).values.logsumexp(-1)
    return -lp.sum().item()
