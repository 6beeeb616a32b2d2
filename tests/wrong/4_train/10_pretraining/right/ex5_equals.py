def night_job():
    return ['--config=gpt2-355m', '--training.save_step=360', '--resume=auto', '--run=web']
