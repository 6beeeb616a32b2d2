# computed in a loop, a list of floats
def state_gb():
    held = []
    for sharded in (), ('moments',), ('weights', 'gradients', 'moments'):
        sizes = {'weights': 4e9, 'gradients': 4e9, 'moments': 8e9}
        held.append(sum(size / (4 if name in sharded else 1) for name, size in sizes.items()) / 1e9)
    return held
