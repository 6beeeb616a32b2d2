# saves after steps 1, 4, 7
def own_loop(state, take_step, save, max_steps, every):
    for step in range(state['step'], max_steps):
        take_step(step)
        if step % every == 0 or step + 1 == max_steps:
            save({'step': step + 1})
