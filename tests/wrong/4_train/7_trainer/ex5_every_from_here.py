def own_loop(state, take_step, save, max_steps, every):
    since = 0
    for step in range(state['step'], max_steps):
        take_step(step)
        since += 1
        if since == every:
            save({'step': step + 1})
