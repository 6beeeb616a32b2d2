def better(a, b):
    d = (b - a).double().numpy()
    R, N = d.shape
    margins = t_quantile(R - 1) * d.mean(1).std(ddof=1) / R**0.5, 1.96 * d.mean(0).std(ddof=1) / N**0.5
    if d.mean() < -max(margins):
        return 'B'
    return 'A' if d.mean() > max(margins) else 'unsure'
