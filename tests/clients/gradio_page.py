"gradio's client on the chat page; prints a report as a line of JSON."

import json
import sys
from concurrent.futures import TimeoutError

from gradio_client import Client
from gradio_client.exceptions import AppError

url, key, words = sys.argv[1:]
client = Client(url, auth=('reader', key), verbose=False)
question = [{'role': 'user', 'content': words}]
settings = {'temperature': 0, 'max_tokens': 30}
report = {'models': sorted(client.view_api(return_format='dict')['named_endpoints'])}
report['chat'] = client.predict(question, model='m', settings=settings, api_name='/chat')
grown = list(client.submit(question, model='m', settings=settings, api_name='/chat'))
report['stream'] = grown[-1]
try:
    client.predict(question, model='nobody', api_name='/chat')
except AppError as e:
    report['unknown'] = str(e)
try:
    Client(url, auth=('reader', 'wrong'), verbose=False)
except Exception as e:  # the client's own kind differs between its versions
    report['stranger'] = str(e)
job = client.submit(question, model='never', api_name='/chat')
try:
    job.result(timeout=1)
except TimeoutError:
    report['late'] = True
job.cancel()
print(json.dumps(report))
