def night_job():
    return '--config gpt2-124m --run web --resume auto --training.save_step 100'.split()
