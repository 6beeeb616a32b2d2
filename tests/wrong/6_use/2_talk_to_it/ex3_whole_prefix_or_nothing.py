def ids_to_read(requests, slots):
    kept, counts = [], []
    for prompt, answer in requests:
        fitting = [len(ids) for ids in kept if prompt[: len(ids)] == ids and len(ids) < len(prompt)]
        counts.append(len(prompt) - max(fitting, default=0))
        kept = [*kept, prompt + answer][-slots:]
    return counts
