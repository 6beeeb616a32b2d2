from llm_book.train.optim import divide_grads


def set_gradients(gpt, micro_batches):
    gpt.zero_grad()
    total = 0
    for w in micro_batches:
        loss, n = gpt(w[:, :-1].clamp(min=0), targets=w[:, 1:])
        loss.backward()
        total += n
    divide_grads(gpt.parameters(), total)
