def step_cost(L, k):
    return 3 * k
