def kept():
    return {'weights', 'moments of the optimizer', 'step number', 'order of samples'}, {'weights'}
