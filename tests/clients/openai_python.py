"OpenAI's client for Python; prints a report as a line of JSON."

import json
import sys

import openai

url, key, words = sys.argv[1:]
client = openai.OpenAI(base_url=f'{url}/v1', api_key=key, max_retries=0)
question = {'messages': [{'role': 'user', 'content': words}], 'temperature': 0, 'max_tokens': 30}
report = {'models': [model.id for model in client.models.list()], 'retrieved': client.models.retrieve('m').id}
report['chat'] = client.chat.completions.create(model='m', **question).choices[0].message.content
chunks = client.chat.completions.create(model='m', stream=True, **question)
report['stream'] = ''.join(chunk.choices[0].delta.content or '' for chunk in chunks)
try:
    client.chat.completions.create(model='nobody', **question)
except openai.NotFoundError as e:
    report['unknown'] = str(e)
try:
    client.with_options(api_key='wrong').chat.completions.create(model='m', **question)
except openai.AuthenticationError as e:
    report['stranger'] = str(e)
try:
    client.with_options(timeout=1).chat.completions.create(model='never', **question)
except openai.APITimeoutError:
    report['late'] = True
print(json.dumps(report))
