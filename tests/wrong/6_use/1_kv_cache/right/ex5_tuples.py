def answer(net, cache, held, prompt, n):
    keep = 0
    for a, b in zip(held, prompt[:-1]):
        if a != b:
            break
        keep += 1
    cache.length = keep
    ids, step = prompt, prompt[keep:]
    while len(ids) < len(prompt) + n:
        step = net(torch.tensor([step]), cache=cache)[:, -1].argmax(-1).tolist()
        ids = ids + step
    return tuple(ids[-n:]), tuple(ids[:-1])
