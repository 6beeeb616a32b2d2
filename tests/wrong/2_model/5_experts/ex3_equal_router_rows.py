import torch


def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    for expert in moe.experts:
        expert.load_state_dict(ff.state_dict())
    row = torch.randn(cfg.emb_dim) / cfg.emb_dim**0.5
    moe.router.weight.data[:] = row
    return moe
