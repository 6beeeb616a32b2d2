def step_cost(L, k):
    return L + 2 * (L - k)
