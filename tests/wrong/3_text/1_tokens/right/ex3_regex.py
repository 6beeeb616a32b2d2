# a regular expression, longest tokens first
def greedy(word, ranks):
    import re

    longest_first = sorted(ranks, key=len, reverse=True)
    pattern = re.compile(b'|'.join(re.escape(token) for token in longest_first))
    return [ranks[token] for token in pattern.findall(word)]
