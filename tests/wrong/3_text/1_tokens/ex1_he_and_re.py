def there():
    return ['t', 'he', 're']
