def count_up(V):
    model = GPTModel(GPTConfig(V, 8, V, n_heads=1, n_layers=0, tie_embeddings=False))
    nn.init.eye_(model.tok_emb.weight)
    nn.init.eye_(model.out_head.weight)
    return model
