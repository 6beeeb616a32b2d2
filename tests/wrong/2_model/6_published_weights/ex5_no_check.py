def average(a, b, out):
    a, b = (from_pretrained(folder, dtype=torch.float32) for folder in (a, b))
    for p, q in zip(a.parameters(), b.parameters()):
        p.data.lerp_(q.data, 0.5)
    save_pretrained(a, out)
