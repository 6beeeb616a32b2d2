def there():
    return ['th', 'he', 'er', 'the']
