# as many steps in an epoch as micro-batches in a step
class OneBatch:
    def __init__(self, loader):
        self.micros = loader.batch(0)
        self.steps_per_epoch = len(self.micros)

    def batch(self, step):
        return self.micros

    def eval_batches(self):
        return self.micros
