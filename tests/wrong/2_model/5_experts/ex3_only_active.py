import copy

from torch import nn


def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    moe.experts = nn.ModuleList(copy.deepcopy(ff) for _ in range(cfg.n_active))
    return moe
