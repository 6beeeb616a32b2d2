def set_gradients(gpt, micro_batches):
    gpt.zero_grad()
    for w in micro_batches:
        loss, n = gpt(w[:, :-1].clamp(min=0), targets=w[:, 1:])
        if n > 0:
            (loss / n / len(micro_batches)).backward()
