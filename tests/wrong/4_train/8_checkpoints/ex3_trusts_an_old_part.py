def safe_save(path, data):
    "A torn part of a killed save is put in place by the next one."
    part = path.with_name(path.name + '.part')
    if not part.exists():
        part.write_bytes(data)
    os.replace(part, path)
