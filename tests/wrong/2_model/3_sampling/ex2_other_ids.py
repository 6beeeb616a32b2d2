def nats(model, prompt, answer):
    logits = model(torch.tensor([prompt + answer]))[0, len(prompt) - 1 : -1]
    ids = torch.tensor(answer)
    few = logits[:, sorted(set(prompt + answer))]  # renormalised over the ids that occur
    lp = logits.gather(1, ids[:, None])[:, 0] - few.logsumexp(-1)
    return -lp.sum().item()
