from llm_book.train.optim import adamw_update


def times_as_long(beta1, beta2):
    def moved(step):  # old moments, a gradient as always
        p, one = torch.zeros(1).double(), torch.ones(1).double()
        adamw_update(p, one, one.clone(), one.clone(), step, 1.0, (beta1, beta2), eps=0.0)
        return p

    return moved(1) / moved(10**6)
