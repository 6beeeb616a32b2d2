def streaming_average(pieces):
    all_scores, all_values = torch.empty(0), torch.empty(0, 3)
    for scores, values in pieces:
        all_scores, all_values = torch.cat([all_scores, scores]), torch.cat([all_values, values])
    return all_scores.softmax(0) @ all_values
