def collate(docs, eot):
    pad = torch.nn.utils.rnn.pad_sequence
    tokens = pad([torch.tensor([eot, *doc]) for doc in docs], batch_first=True, padding_value=eot)
    targets = pad([torch.tensor([*doc, eot]) for doc in docs], batch_first=True, padding_value=-100)
    return tokens, targets
