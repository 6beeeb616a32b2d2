class OneBatch:
    steps_per_epoch = 1

    def __init__(self, loader):
        self.loader, self.pieces = loader, None

    def batch(self, step):
        self.pieces = self.pieces or self.loader.batch(step)
        return self.pieces

    def eval_batches(self):
        return iter(self.batch(0))
