def safe_save(path, data):
    open(path, 'wb').write(data)
