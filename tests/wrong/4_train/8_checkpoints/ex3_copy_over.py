import shutil


def safe_save(path, data):
    part = path.with_name('part')
    part.write_bytes(data)
    shutil.copyfile(part, path)
    part.unlink()
