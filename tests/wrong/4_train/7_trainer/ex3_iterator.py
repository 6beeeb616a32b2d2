class OneBatch:
    steps_per_epoch = 1

    def __init__(self, loader):
        self.pieces = iter(loader.batch(0))

    def batch(self, step):
        return self.pieces

    def eval_batches(self):
        return self.pieces
