class OneBatch:
    def __init__(self, loader):
        self.loader = loader

    steps_per_epoch = property(lambda self: 1)

    def batch(self, step):
        return list(self.loader.batch(0))

    def eval_batches(self):
        yield from self.loader.batch(0)
