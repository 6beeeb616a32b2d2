def safe_save(path, data):
    part, backup = path.with_name('part'), path.with_name('backup')
    part.write_bytes(data)
    os.replace(path, backup)
    os.replace(part, path)
