def safe_save(path, data):
    path.with_name(path.name + '.part').write_bytes(data)
