def scaled_by_pencil():
    return F.rms_norm(torch.tensor([1.0, 7.0]), (2,), torch.tensor([10.0, 5.0]))
