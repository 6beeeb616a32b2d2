def ids_to_read(requests, slots):
    before, counts = [], []
    for prompt, answer in requests:
        counts.append(len(prompt) - common_prefix_len(before, prompt[:-1]))
        before = prompt + answer
    return counts
