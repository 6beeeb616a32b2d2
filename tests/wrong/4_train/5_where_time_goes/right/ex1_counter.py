def network_flops():
    net = nn.Sequential(nn.Linear(500, 2000), nn.ReLU(), nn.Linear(2000, 500))
    x = torch.zeros(1000, 500, requires_grad=True)
    with FlopCounterMode(display=False) as forward:
        y = net(x).sum()
    with FlopCounterMode(display=False) as backward:
        y.backward()
    return forward.get_total_flops(), backward.get_total_flops()
