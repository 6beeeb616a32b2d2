from dataclasses import replace


def upcycle(ff, cfg):
    moe = MixtureOfExperts(replace(cfg, n_active=1))
    for expert in moe.experts:
        expert.load_state_dict(ff.state_dict())
    return moe
