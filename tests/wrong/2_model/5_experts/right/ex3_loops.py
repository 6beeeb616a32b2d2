import torch


def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    with torch.no_grad():
        for expert in moe.experts:
            for new, old in zip(expert.parameters(), ff.parameters()):
                new.copy_(old)
    return moe
