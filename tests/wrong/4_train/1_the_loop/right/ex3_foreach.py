def clip(grads, max_norm):
    length = torch.stack(torch._foreach_norm(grads)).norm()
    if length > max_norm:
        torch._foreach_mul_(grads, max_norm / length)
    return length.item()
