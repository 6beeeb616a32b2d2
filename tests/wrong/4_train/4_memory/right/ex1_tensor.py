# weights, gradients, moments, copies as a table
def bytes_each():
    return tuple(torch.tensor([[4, 4, 8, 0], [4, 4, 8, 2], [2, 2, 8, 4]]).sum(1))
