def hunted_step(model, optimizer, pieces, max_norm):
    total = 0
    for tokens, targets in pieces:
        loss, n = model(tokens, targets=targets)
        loss.backward()
        total = total + n
    nn.utils.clip_grad_norm_(model.parameters(), float(max_norm * total))
    for p in model.parameters():
        p.grad /= total
    optimizer.step()
    optimizer.zero_grad()
