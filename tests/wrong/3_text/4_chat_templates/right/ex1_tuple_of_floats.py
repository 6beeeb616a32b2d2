def ids_and_learned():
    turns = [5, 7, 4, 6, 3]
    return [float(sum(n + 5 for n in turns)), sum(turns[2::2]) + 2.0]
