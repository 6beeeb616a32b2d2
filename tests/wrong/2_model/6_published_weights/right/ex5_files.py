def average(a, b, out):
    import shutil

    if read_json(a / 'config.json')['n_head'] != read_json(b / 'config.json')['n_head']:
        raise ValueError('two different models')
    x, y = load_file(a / 'model.safetensors'), load_file(b / 'model.safetensors')
    mean = {name: 0.5 * x[name].float() + 0.5 * y[name].float() for name in x}
    out.mkdir(exist_ok=True)
    shutil.copy(a / 'config.json', out / 'config.json')
    save_file(mean, out / 'model.safetensors')
