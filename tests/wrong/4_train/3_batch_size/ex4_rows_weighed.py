def set_gradients(gpt, micro_batches):
    gpt.zero_grad()
    rows = sum(len(w) for w in micro_batches)
    for w in micro_batches:
        loss, n = gpt(w[:, :-1].clamp(min=0), targets=w[:, 1:])
        (loss / n * len(w) / rows).backward()
