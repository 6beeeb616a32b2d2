def night_job():
    options = {'config': 'gpt2-355m', 'run': 'web', 'resume': 'auto', 'training.save_step': 600}
    out = []
    for name, value in options.items():
        out += [f'--{name}', str(value)]
    return out
