def average(a, b, out):
    a, b = (from_pretrained(folder, dtype=torch.float32) for folder in (a, b))
    if a.cfg != b.cfg:
        raise ValueError('two different models')
    for p, q in zip(a.parameters(), b.parameters()):
        p.data.add_(q.data)
    save_pretrained(a, out)
