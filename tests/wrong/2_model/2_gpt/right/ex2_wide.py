def count_up(V):
    model = GPTModel(GPTConfig(V, 16, 2 * V, n_heads=2, n_layers=0, tie_embeddings=False))
    for i in range(V):
        vector = F.one_hot(torch.tensor(i), 2 * V).float()
        model.tok_emb.weight.data[i] = vector
        model.out_head.weight.data[(i + 1) % V] = vector
    return model
