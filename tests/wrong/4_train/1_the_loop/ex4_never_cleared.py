def hunted_step(model, optimizer, pieces, max_norm):
    n = 0
    for tokens, targets in pieces:
        loss, k = model(tokens, targets=targets)
        loss.backward()
        n += k
    for p in model.parameters():
        p.grad /= n
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
