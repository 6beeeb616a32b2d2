def hunted_step(model, optimizer, pieces, max_norm):
    for tokens, targets in pieces:
        loss, n = model(tokens, targets=targets)
        (loss / n / len(pieces)).backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    optimizer.zero_grad()
