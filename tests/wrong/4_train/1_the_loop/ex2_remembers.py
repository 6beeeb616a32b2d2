orders = {}


def ids_of_step(step, N, B, seed):
    epoch, place = divmod(step, N // B)
    if place == 0:
        orders[seed] = torch.randperm(N).tolist()
    return orders[seed][place * B : place * B + B]
