def safe_save(path, data):
    part = path.with_name('part')
    while part.exists():
        pass
    part.write_bytes(data)
    while True:
        if part.read_bytes() == b'':
            os.replace(part, path)
