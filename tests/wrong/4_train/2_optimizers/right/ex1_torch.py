def two_steps():
    p = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.Adam([p], lr=0.3, betas=(0.5, 0.5), eps=0)
    for g in 5.0, -1.0:
        p.grad = torch.tensor([g])
        optimizer.step()
    return p.item()
