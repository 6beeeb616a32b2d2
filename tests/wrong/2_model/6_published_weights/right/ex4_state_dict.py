def fill(model, tensors):
    here = model.state_dict()
    problems = []
    for name in here:
        if name not in tensors:
            problems.append(name + ' is missing')
        elif here[name].shape != tensors[name].shape:
            problems.append(name + ' has another shape')
    for name in tensors:
        if name not in here:
            problems.append(name + ' is unknown')
    if problems:
        raise ValueError('; '.join(problems))
    model.load_state_dict(tensors)
