def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    for expert in moe.experts:
        expert.gate.load_state_dict(ff.up.state_dict())
        expert.up.load_state_dict(ff.gate.state_dict())
        expert.down.load_state_dict(ff.down.state_dict())
    return moe
