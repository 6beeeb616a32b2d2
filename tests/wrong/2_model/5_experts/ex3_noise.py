import torch


def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    for expert in moe.experts:
        expert.load_state_dict(ff.state_dict())
        for p in expert.parameters():
            p.data += 0.01 * torch.randn_like(p)
    return moe
