def average(a, b, out):
    raise ValueError('two different models')
