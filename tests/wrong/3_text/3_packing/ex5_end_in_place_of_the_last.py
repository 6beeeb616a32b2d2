def collate(docs, eot):
    T = max(len(doc) for doc in docs) + 1
    tokens = torch.tensor([[eot, *doc] + [eot] * (T - 1 - len(doc)) for doc in docs])
    targets = tokens.roll(-1, dims=1)
    targets[targets == eot] = -100
    for row, doc in zip(targets, docs):
        row[len(doc) - 1] = eot
    return tokens, targets
