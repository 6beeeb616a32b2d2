def safe_save(path, data):
    part = path.parent / 'part'
    part.unlink(missing_ok=True)
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
