def average(a, b, out):
    a, b = from_pretrained(a), from_pretrained(b)
    if a.cfg != b.cfg:
        raise ValueError('two different models')
    for p, q in zip(a.parameters(), b.parameters()):
        p.data = ((p.data + q.data.to(p.dtype)) / 2).float()
    save_pretrained(a, out)
