def best_step(rows):
    from llm_book.train.records import curve

    points = curve(rows, 'val_loss')
    return int(min(points, key=lambda point: point[1])[0]) if points else None
