def collate(docs, eot):
    T = max(map(len, docs)) + 1
    tokens = [[eot, *doc] + [eot] * (T - len(doc) - 1) for doc in docs]
    targets = [[*doc, eot] + [-100] * (T - len(doc) - 1) for doc in docs]
    return torch.tensor(tokens), torch.tensor(targets)
