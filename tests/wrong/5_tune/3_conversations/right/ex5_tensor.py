import torch


def training_row(ids, flags, T, pad):
    fill = T - (len(ids) - 1)
    if fill < 0:
        return None
    learned = torch.tensor(flags[1:])
    targets = torch.tensor(ids[1:]).masked_fill(~learned, -100)
    row = torch.nn.functional.pad
    return [row(torch.tensor(ids[:-1]), (0, fill), value=pad), row(targets, (0, fill), value=-100)]
