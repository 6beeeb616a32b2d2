def after_the_signal():
    return 40, 143
