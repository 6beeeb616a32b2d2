def count_up(V):
    model = GPTModel(GPTConfig(V, 8, V, n_heads=1, n_layers=0, tie_embeddings=False))
    nn.init.eye_(model.tok_emb.weight)
    for i in range(V):
        model.out_head.weight.data[min(i + 1, V - 1)] = model.tok_emb.weight.data[i]
    return model
