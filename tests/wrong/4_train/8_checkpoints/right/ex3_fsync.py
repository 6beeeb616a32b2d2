def safe_save(path, data):
    part = path.with_name(f'{path.name}.{os.getpid()}')
    with open(part, 'wb') as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.replace(part, path)
