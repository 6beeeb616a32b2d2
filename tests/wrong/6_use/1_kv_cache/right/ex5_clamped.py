def answer(net, cache, held, prompt, n):
    same = min(common_prefix_len(held, prompt), len(prompt) - 1)
    cache.length = same
    ids, fed = list(prompt), same
    for _ in range(n):
        logits = net(torch.tensor([ids[fed:]]), cache=cache)
        fed = len(ids)
        ids.append(int(logits[0, -1].argmax()))
    return ids[len(prompt) :], ids[:-1]
