def safe_save(path, data):
    with open(path, 'r+b') as f:
        f.write(data)
        f.truncate()
