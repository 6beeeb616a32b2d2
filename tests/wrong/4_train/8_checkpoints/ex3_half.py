def safe_save(path, data):
    part = path.with_name('part')
    part.write_bytes(data[: len(data) // 2])
    os.replace(part, path)
