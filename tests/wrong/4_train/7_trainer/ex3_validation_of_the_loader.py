class OneBatch:
    steps_per_epoch = 1

    def __init__(self, loader):
        self.loader = loader

    def batch(self, step):
        return self.loader.batch(0)

    def eval_batches(self):
        return self.loader.eval_batches()
