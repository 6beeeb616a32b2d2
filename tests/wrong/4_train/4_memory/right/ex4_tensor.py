def fitting_scale(grads):
    flat = torch.cat([g.flatten() for g in grads])
    scales = [2.0**k for k in range(25) if torch.isfinite((flat * 2.0**k).to(torch.float16)).all()]
    return torch.tensor(scales[-1]) if scales else None
