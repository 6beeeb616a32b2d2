def set_gradients(gpt, micro_batches):
    gpt.zero_grad()
    seen = 0
    for w in micro_batches:
        loss, n = gpt(w[:, :-1].clamp(min=0), targets=w[:, 1:])
        seen = seen + n
        (loss / seen).backward()
