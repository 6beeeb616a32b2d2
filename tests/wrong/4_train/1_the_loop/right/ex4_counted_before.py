def hunted_step(model, optimizer, pieces, max_norm):
    n = sum((targets != -100).sum() for _, targets in pieces)
    optimizer.zero_grad()
    for tokens, targets in pieces:
        (model(tokens, targets=targets)[0] / n).backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
