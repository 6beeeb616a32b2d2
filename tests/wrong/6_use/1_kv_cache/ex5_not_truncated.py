def answer(net, cache, held, prompt, n):
    feed, new = prompt[shared_prefix(held, prompt[:-1]) :], []
    for _ in range(n):
        logits = net(torch.tensor([feed]), cache=cache)[0, -1]
        feed = [logits.argmax().item()]
        new += feed
    return new, (prompt + new)[: cache.length]
