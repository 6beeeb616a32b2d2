def upcycle(ff, cfg):
    return ff
