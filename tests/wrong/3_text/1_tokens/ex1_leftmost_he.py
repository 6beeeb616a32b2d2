def there():
    return ['t', 'he', 'r', 'e']
