def share(shapes: list[tuple[int, int]], r: int) -> float:
    kinds = set(shapes)
    return sum(r * (out + into) for out, into in kinds) / sum(out * into for out, into in kinds)
