def after_the_signal():
    return 41, 130
