def safe_save(path, data):
    with open(path.with_name('part'), 'ab') as f:
        f.write(data)
    os.replace(path.with_name('part'), path)
