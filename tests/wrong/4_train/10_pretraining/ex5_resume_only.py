def night_job():
    return '--config gpt2-355m --run web --resume auto --init_from web --training.save_step 2000'.split()
