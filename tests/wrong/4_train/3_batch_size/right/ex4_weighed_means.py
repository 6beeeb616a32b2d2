def set_gradients(gpt, micro_batches):
    counts = [int((w[:, 1:] != -100).sum()) for w in micro_batches]
    for p in gpt.parameters():
        p.grad = torch.zeros_like(p)
    for w, count in zip(micro_batches, counts):
        if count:
            loss, n = gpt(w[:, :-1].clamp(min=0), targets=w[:, 1:])
            (loss / n * count / sum(counts)).backward()
