def nats(model, prompt, answer):
    both = torch.tensor(prompt + answer)
    lp = model(both[None]).double().log_softmax(-1)[0, :-1]
    return -lp.gather(1, both[1:, None])[len(prompt) - 1 :].sum()
