def own_loop(state, take_step, save, max_steps, every):
    last = state['step']
    for done in range(last + 1, max_steps + 1):
        take_step(done - 1)
        if done - last >= every - last % every or done == max_steps:
            save(dict(state, step=done))
            last = done
