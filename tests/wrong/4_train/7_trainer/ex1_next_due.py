def after_the_signal():
    return 100, 143
