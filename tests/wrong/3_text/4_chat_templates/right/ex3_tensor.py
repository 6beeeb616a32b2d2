def unfinished(ids, flags, end):
    ids, flags = torch.tensor(ids), torch.tensor(flags)
    more = torch.cat([flags[1:], torch.tensor([False])])
    return (flags & ~more & (ids != end)).sum()
