"LlamaIndex's OpenAILike; prints a report as a line of JSON."

import json
import sys

import openai
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

url, key, words = sys.argv[1:]
question = [ChatMessage(role='user', content=words)]


def model(name, key=key, **more):
    settings = {'api_base': f'{url}/v1', 'temperature': 0, 'max_tokens': 30, 'max_retries': 0}
    return OpenAILike(model=name, api_key=key, is_chat_model=True, context_window=512, **settings, **more)


report = {'chat': model('m').chat(question).message.content}
report['stream'] = ''.join(chunk.delta or '' for chunk in model('m').stream_chat(question))
try:
    model('nobody').chat(question)
except openai.NotFoundError as e:
    report['unknown'] = str(e)
try:
    model('m', key='wrong').chat(question)
except openai.AuthenticationError as e:
    report['stranger'] = str(e)
try:
    model('never', timeout=1).chat(question)
except openai.APITimeoutError:
    report['late'] = True
print(json.dumps(report))
