def safe_save(path, data):
    part = path.with_name('part')
    part.write_bytes(data)
    if path.exists():
        os.remove(path)
    os.replace(part, path)
