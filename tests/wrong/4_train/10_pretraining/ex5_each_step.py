def night_job():
    return '--config gpt2-355m --run web --resume auto --training.save_step 1'.split()
