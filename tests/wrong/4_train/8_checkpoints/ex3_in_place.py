def safe_save(path, data):
    path.write_bytes(data)
