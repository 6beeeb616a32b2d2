def average(a, b, out):
    a, b = (from_pretrained(folder, dtype=torch.float32) for folder in (a, b))
    if [p.shape for p in a.parameters()] != [q.shape for q in b.parameters()]:
        raise ValueError('two different models')
    for p, q in zip(a.parameters(), b.parameters()):
        p.data.lerp_(q.data, 0.5)
    save_pretrained(a, out)
