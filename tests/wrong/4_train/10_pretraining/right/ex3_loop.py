def diagnose(losses, least):
    answer = 'learned' if losses[-1] - least <= 0.05 else 'broken'
    for loss in losses:
        if loss != loss or loss == float('inf') or loss == -float('inf'):
            return 'broken'
        if loss - least < -0.01:
            answer = 'leak'
    return answer
