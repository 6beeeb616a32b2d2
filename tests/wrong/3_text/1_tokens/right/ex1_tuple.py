def there():
    return 'th', 'er', 'e'
