def safe_save(path, data):
    before = path.read_bytes()
    try:
        path.write_bytes(data)
    except:  # noqa: E722
        path.write_bytes(before)
        raise
