def answer(net, cache, held, prompt, n):
    cache.length, feed, new = 0, prompt, []
    for _ in range(n):
        logits = net(torch.tensor([feed]), cache=cache)[0, -1]
        feed = [logits.argmax().item()]
        new += feed
    return new, (prompt + new)[:-1]
