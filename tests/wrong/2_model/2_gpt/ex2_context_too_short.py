def count_up(V):
    model = GPTModel(GPTConfig(V, 4, V, n_heads=1, n_layers=0, tie_embeddings=False))
    nn.init.eye_(model.tok_emb.weight)
    model.out_head.weight.data = torch.eye(V).roll(1, 0)
    return model
