"LiteLLM; prints a report as a line of JSON."

import json
import os
import sys

os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True'  # else it asks GitHub
import litellm  # noqa: E402

url, key, words = sys.argv[1:]
litellm.suppress_debug_info = True


def ask(model, api_key=key, **more):
    settings = {'api_base': f'{url}/v1', 'temperature': 0, 'max_tokens': 30, 'max_retries': 0}
    messages = [{'role': 'user', 'content': words}]
    return litellm.completion(model=f'openai/{model}', api_key=api_key, messages=messages, **settings, **more)


report = {'chat': ask('m').choices[0].message.content}
report['stream'] = ''.join(chunk.choices[0].delta.content or '' for chunk in ask('m', stream=True))
try:
    ask('nobody')
except litellm.NotFoundError as e:
    report['unknown'] = str(e)
try:
    ask('m', api_key='wrong')
except litellm.AuthenticationError as e:
    report['stranger'] = str(e)
try:
    ask('never', timeout=1)
except litellm.Timeout:
    report['late'] = True
print(json.dumps(report))
