def after_the_signal():
    return torch.tensor([41, 128 + int(signal.SIGTERM)])
