import torch


def count_experts(cfg):
    expert = torch.tensor(3 * cfg.emb_dim * cfg.expert_dim)
    router = torch.tensor(cfg.emb_dim * cfg.n_experts)
    return torch.stack([router + cfg.n_experts * expert, router + cfg.n_active * expert])
