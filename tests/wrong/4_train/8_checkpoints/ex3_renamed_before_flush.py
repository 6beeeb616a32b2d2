def safe_save(path, data):
    f = open(path.with_name('part'), 'wb')
    f.write(data)
    os.replace(path.with_name('part'), path)
    f.close()
