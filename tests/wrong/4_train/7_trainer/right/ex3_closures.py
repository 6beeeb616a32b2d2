# closures as attributes
class OneBatch:
    def __init__(self, loader):
        micros = [*loader.batch(0)]
        self.batch = lambda step: micros[:]
        self.eval_batches = lambda: iter(micros)
        self.steps_per_epoch = len([micros])
