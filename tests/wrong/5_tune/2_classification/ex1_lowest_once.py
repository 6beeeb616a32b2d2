def step_cost(L, k):
    return L + 2 * k - (k > 0)
