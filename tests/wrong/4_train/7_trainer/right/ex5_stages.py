# from one checkpoint to the next
def own_loop(state, take_step, save, max_steps, every):
    done = state['step']
    while done < max_steps:
        stop = min(max_steps, (done // every + 1) * every)
        for step in range(done, stop):
            take_step(step)
        save({'step': stop})
        done = stop
