"curl, as a reader types it; prints a report as a line of JSON."

import json
import subprocess
import sys

url, key, words = sys.argv[1:]


def curl(path, *options, key=key):
    "The exit code and what it printed."
    command = ['curl', '-sN', f'{url}/v1/{path}', '-H', f'Authorization: Bearer {key}', *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


def ask(model, *options, key=key, **more):
    question = {'messages': [{'role': 'user', 'content': words}], 'temperature': 0, 'max_tokens': 30, **more}
    body = json.dumps({'model': model} | question)
    return curl('chat/completions', '-H', 'Content-Type: application/json', '-d', body, *options, key=key)


report = {'models': [model['id'] for model in json.loads(curl('models')[1])['data']]}
report['retrieved'] = json.loads(curl('models/m')[1])['id']
report['chat'] = json.loads(ask('m')[1])['choices'][0]['message']['content']
lines = [line.removeprefix('data: ') for line in ask('m', stream=True)[1].splitlines() if line]
assert lines.pop() == '[DONE]'
report['stream'] = ''.join(json.loads(line)['choices'][0]['delta'].get('content') or '' for line in lines)
report['unknown'] = json.loads(ask('nobody')[1])['error']['message']
report['stranger'] = json.loads(ask('m', key='wrong')[1])['error']['message']
report['late'] = ask('never', '--max-time', '1')[0] == 28  # curl's code for too late
print(json.dumps(report))
