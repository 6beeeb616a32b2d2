# saves the index of the step, not the number of steps done
def own_loop(state, take_step, save, max_steps, every):
    for step in range(state['step'], max_steps):
        take_step(step)
        if (step + 1) % every == 0 or step == max_steps - 1:
            save({'step': step})
