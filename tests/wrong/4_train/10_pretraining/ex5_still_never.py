def night_job():
    return '--config gpt2-355m --run web --resume never --training.save_step 100'.split()
