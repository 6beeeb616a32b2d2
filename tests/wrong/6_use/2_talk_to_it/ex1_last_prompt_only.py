def prompt_ids_and_read():
    return 95, 79
