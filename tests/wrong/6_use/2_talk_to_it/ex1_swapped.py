def prompt_ids_and_read():
    return 79, 210
