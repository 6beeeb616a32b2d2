def ids_to_read(requests, slots):
    kept, counts = [], []
    for prompt, answer in requests:
        counts.append(len(prompt) - max((common_prefix_len(ids, prompt[:-1]) for ids in kept), default=0))
        kept = [*kept, prompt][-slots:]
    return counts
