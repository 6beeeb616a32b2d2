def tensor_of(data, name):
    from safetensors.torch import load

    return load(data)[name].float()
