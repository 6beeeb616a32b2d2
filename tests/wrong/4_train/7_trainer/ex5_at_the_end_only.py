def own_loop(state, take_step, save, max_steps, every):
    for step in range(state['step'], max_steps):
        take_step(step)
    save({'step': max_steps})
