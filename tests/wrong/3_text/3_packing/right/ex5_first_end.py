def collate(docs, eot):
    T = max(len(doc) for doc in docs) + 1
    tokens = torch.tensor([[eot, *doc] + [eot] * (T - 1 - len(doc)) for doc in docs])
    targets = tokens.roll(-1, dims=1)
    ends = targets == eot
    targets[ends & (ends.cumsum(1) > 1)] = -100  # all ends of text but the first of each row
    return tokens, targets
