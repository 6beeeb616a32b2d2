"LangChain's ChatOpenAI; prints a report as a line of JSON."

import json
import sys

import openai
from langchain_openai import ChatOpenAI

url, key, words = sys.argv[1:]


def model(name, key=key, **more):
    settings = {'base_url': f'{url}/v1', 'temperature': 0, 'max_tokens': 30, 'max_retries': 0}
    return ChatOpenAI(model=name, api_key=key, **settings, **more)


report = {'chat': model('m').invoke(words).content}
report['stream'] = ''.join(chunk.content for chunk in model('m').stream([('user', words)]))
try:
    model('nobody').invoke(words)
except openai.NotFoundError as e:
    report['unknown'] = str(e)
try:
    model('m', key='wrong').invoke(words)
except openai.AuthenticationError as e:
    report['stranger'] = str(e)
try:
    model('never', timeout=1).invoke(words)
except openai.APITimeoutError:
    report['late'] = True
print(json.dumps(report))
