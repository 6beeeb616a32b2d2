def set_gradients(gpt, micro_batches):
    gpt.zero_grad()
    n_all = sum((w[:, 1:] >= 0).sum() for w in micro_batches)
    with torch.no_grad():
        for w in micro_batches:
            loss, n = gpt(w[:, :-1].clamp(min=0), targets=w[:, 1:])
