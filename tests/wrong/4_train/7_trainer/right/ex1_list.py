# a list
def after_the_signal():
    return [40 + 1, 128 + int(signal.SIGTERM)]
