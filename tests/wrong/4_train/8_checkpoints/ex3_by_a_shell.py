def safe_save(path, data):
    part = path.with_name('part')
    part.write_bytes(data)
    os.system(f'cp {part} {path}')
