# the merges in their order
def there():
    parts = list('there')
    for new in 'th', 'he', 'er', 'the':
        i = 0
        while i + 1 < len(parts):
            if parts[i] + parts[i + 1] == new:
                parts[i] = parts[i] + parts.pop(i + 1)
            i += 1
    return parts
