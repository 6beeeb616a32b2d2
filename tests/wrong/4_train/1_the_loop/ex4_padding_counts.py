def hunted_step(model, optimizer, pieces, max_norm):
    for tokens, targets in pieces:
        loss, _ = model(tokens, targets=targets)
        loss.backward()
    n = sum(targets.numel() for _, targets in pieces)
    for p in model.parameters():
        p.grad /= n
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    optimizer.zero_grad()
