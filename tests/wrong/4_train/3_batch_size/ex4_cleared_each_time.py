def set_gradients(gpt, micro_batches):
    n_all = sum((w[:, 1:] >= 0).sum() for w in micro_batches)
    for w in micro_batches:
        gpt.zero_grad()
        loss, n = gpt(w[:, :-1].clamp(min=0), targets=w[:, 1:])
        (loss / n_all).backward()
