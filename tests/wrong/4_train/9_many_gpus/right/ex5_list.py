def state_gb():
    params, ranks = 1e9, 4
    ddp = params * (4 + 4 + 8) / 1e9
    stage1 = params * (4 + 4) / 1e9 + params * 8 / ranks / 1e9
    return [ddp, stage1, ddp / ranks]
