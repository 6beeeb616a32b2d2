def step_cost(L, k):
    return L + 2 * L if k else L
