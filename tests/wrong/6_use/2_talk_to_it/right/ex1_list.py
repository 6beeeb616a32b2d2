def prompt_ids_and_read():
    prompts = [45, 70, 95]
    return [sum(prompts), 45 + 2 * (25 - 8)]
