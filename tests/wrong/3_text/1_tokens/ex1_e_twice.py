# the e stands in the and in er: together the tokens do not spell the word
def there():
    return ['the', 'er', 'e']
