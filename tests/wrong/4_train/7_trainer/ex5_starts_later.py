def own_loop(state, take_step, save, max_steps, every):
    for step in range(state['step'] + 1, max_steps):
        take_step(step)
        if step % every == 0 or step == max_steps - 1:
            save({'step': step})
