def ids_to_read(requests, slots):
    counts = []
    for k, (prompt, _) in enumerate(requests):
        best = 0
        for before, answer in requests[max(0, k - slots) : k]:
            n = 0
            for a, b in zip(before + answer, prompt[:-1]):
                if a != b:
                    break
                n += 1
            best = max(best, n)
        counts.append(len(prompt) - best)
    return tuple(counts)
