from llm_book.core.files import atomic_write


def safe_save(path, data):
    atomic_write(path, data)
