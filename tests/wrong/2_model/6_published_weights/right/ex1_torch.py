def n_bytes(shapes, dtype):
    kinds = {'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16}
    return torch.tensor([torch.empty(s, dtype=kinds[dtype]).nbytes for s in shapes.values()]).sum()
