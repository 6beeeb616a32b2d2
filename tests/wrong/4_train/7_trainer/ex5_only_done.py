def own_loop(state, take_step, save, max_steps, every):
    for step in range(state['step'], max_steps):
        take_step(step)
        if step % every == 0:
            save({'step': step + 1})
    save({'step': max_steps})
