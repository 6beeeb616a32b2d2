class OneBatch:
    steps_per_epoch = 1

    def __init__(self, loader):
        self.piece = loader.batch(0)[0]

    def batch(self, step):
        return self.piece

    def eval_batches(self):
        return iter([self.piece])
