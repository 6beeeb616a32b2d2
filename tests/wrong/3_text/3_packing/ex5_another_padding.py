def collate(docs, eot):
    T = max(len(doc) for doc in docs) + 1
    tokens = torch.tensor([[eot, *doc] + [eot] * (T - 1 - len(doc)) for doc in docs])
    tokens = torch.tensor([[eot, *doc] + [0] * (T - 1 - len(doc)) for doc in docs])
    targets = tokens.roll(-1, dims=1)
    targets[targets == 0] = -100
    return tokens, targets
