def there():
    return ['er', 'th', 'e']
