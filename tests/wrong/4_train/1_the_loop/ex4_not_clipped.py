def hunted_step(model, optimizer, pieces, max_norm):
    n = 0
    for tokens, targets in pieces:
        loss, k = model(tokens, targets=targets)
        loss.backward()
        n += k
    for p in model.parameters():
        p.grad /= n
    optimizer.step()
    optimizer.zero_grad()
