import shutil


def safe_save(path, data):
    part = path.with_suffix('.new')
    with part.open('wb') as f:
        for i in range(0, len(data), 100):
            f.write(data[i : i + 100])
    shutil.move(part, path)
