def night_job():
    return '--config gpt2-355m --run web --training.save_step 1400'.split()
