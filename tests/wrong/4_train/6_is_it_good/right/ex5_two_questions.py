def better(a, b):
    d = a - b
    seeds, per_story = d.mean(1), d.mean(0)
    sure_of_seeds = abs(d.mean()) > t_quantile(len(d) - 1) * seeds.std() / len(seeds) ** 0.5
    sure_of_stories = abs(d.mean()) > 1.96 * per_story.std() / len(per_story) ** 0.5
    if not (sure_of_seeds and sure_of_stories):
        return 'unsure'
    return 'A' if a.mean() < b.mean() else 'B'
