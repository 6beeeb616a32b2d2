def night_job():
    return '--config gpt2-355m --resume auto --training.save_step 100'.split()
