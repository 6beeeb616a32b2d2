def safe_save(path, data):
    os.replace(path, path.with_name('backup'))
    path.write_bytes(data)
