import copy


def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    for expert in moe.experts:
        expert.load_state_dict(copy.deepcopy(ff.state_dict()))
        expert.down = ff.down
    return moe
