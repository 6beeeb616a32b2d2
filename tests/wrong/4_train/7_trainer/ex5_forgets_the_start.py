def own_loop(state, take_step, save, max_steps, every):
    for step in range(max_steps):
        take_step(step)
        if (step + 1) % every == 0 or step + 1 == max_steps:
            save({'step': step + 1})
