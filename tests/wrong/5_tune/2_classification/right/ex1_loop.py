def step_cost(L, k):
    return sum(3 if block >= L - k else 1 for block in range(L))
