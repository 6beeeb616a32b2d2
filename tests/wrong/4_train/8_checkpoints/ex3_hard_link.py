def safe_save(path, data):
    part = path.with_name('part')
    part.write_bytes(data)
    path.unlink()
    os.link(part, path)
    part.unlink()
