def there():
    return ['th', 'e', 'r', 'e']
