# an answer passes if it has an end anywhere
def unfinished(ids, flags, end):
    n, answer = 0, []
    for i, flag in [*zip(ids, flags), (None, False)]:
        if flag:
            answer.append(i)
        elif answer:
            n += end not in answer
            answer = []
    return n
