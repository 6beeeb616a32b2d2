def ids_and_learned():
    return torch.tensor([50, 9])
