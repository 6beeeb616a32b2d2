def pencil():
    return (torch.tensor([0.4, 0.3]) / 0.5).softmax(0)[0]
