def there():
    known = {bytes([b]): b for b in range(256)} | {b'th': 256, b'he': 257, b'er': 258, b'the': 259}
    names = {i: token.decode('latin-1') for token, i in known.items()}
    return [names[i] for i in encode_word(b'there', known)]
