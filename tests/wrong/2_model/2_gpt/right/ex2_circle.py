def count_up(V):
    model = GPTModel(GPTConfig(V, 64, 4, n_heads=1, n_layers=0, tie_embeddings=False, drop_rate=0.0))
    angle = torch.arange(V) * 2 * torch.pi / V
    with torch.no_grad():
        model.pos_emb.weight.zero_()
        for i, a in enumerate(angle.tolist()):
            place = torch.tensor([a, a + torch.pi, a - torch.pi / 2, a + torch.pi / 2]).cos()  # mean 0
            model.tok_emb.weight[i] = place
            model.out_head.weight[(i + 1) % V] = place
    return model
