def safe_save(path, data):
    path.with_name('backup').write_bytes(path.read_bytes())
    path.write_bytes(data)
    path.with_name('backup').unlink()
