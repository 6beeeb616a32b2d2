def there():
    return ['the', 'r', 'e']
