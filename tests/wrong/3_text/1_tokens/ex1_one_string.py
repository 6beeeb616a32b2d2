def there():
    return 'there'
