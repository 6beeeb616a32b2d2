def answer(net, cache, held, prompt, n):
    cache.length = shared_prefix(held, prompt[:-1])
    feed, new = prompt[cache.length :], []
    for _ in range(n):
        logits = net(torch.tensor([feed]), cache=cache)[0, -1]
        feed = [logits.argmax().item()]
        new += feed
    prompt += new[:-1]
    return new, prompt
