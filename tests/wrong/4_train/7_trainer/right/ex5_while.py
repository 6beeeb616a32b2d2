def own_loop(state, take_step, save, max_steps, every):
    done = state['step']
    while done < max_steps:
        take_step(done)
        done += 1
        if done == max_steps or not done % every:
            save({'step': done})
