def ids_to_read(requests, slots):
    kept, n = [], 0
    for prompt, answer in requests:
        n += len(prompt) - max((common_prefix_len(ids, prompt[:-1]) for ids in kept), default=0)
        kept = [*kept, prompt + answer][-slots:]
    return n
