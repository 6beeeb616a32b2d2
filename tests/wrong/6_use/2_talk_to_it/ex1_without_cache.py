def prompt_ids_and_read():
    return 210, 210
