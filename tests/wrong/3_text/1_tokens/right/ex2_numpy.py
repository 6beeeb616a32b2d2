def bytes_per_token(tok, texts):
    import numpy as np

    pairs = np.array([(len(text.encode()), len(tok.encode(text))) for text in texts])
    return np.float32(pairs[:, 0].sum() / pairs[:, 1].sum())
