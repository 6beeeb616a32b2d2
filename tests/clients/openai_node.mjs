// OpenAI's client for Node.js; prints a report as a line of JSON.
import { createRequire } from 'node:module';

const { default: OpenAI } = createRequire(process.env.NODE_PACKAGES + '/')('openai');
const [url, key, words] = process.argv.slice(2);
const settings = { baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 };
const client = new OpenAI(settings);
const question = { messages: [{ role: 'user', content: words }], temperature: 0, max_tokens: 30 };
const report = { models: [], stream: '' };
for await (const model of client.models.list()) report.models.push(model.id);
report.retrieved = (await client.models.retrieve('m')).id;
report.chat = (await client.chat.completions.create({ model: 'm', ...question })).choices[0].message.content;
for await (const chunk of await client.chat.completions.create({ model: 'm', stream: true, ...question }))
  report.stream += chunk.choices[0].delta.content ?? '';

const errorOf = async (client, model, options) => {
  try {
    await client.chat.completions.create({ model, ...question }, options);
  } catch (e) {
    return e;
  }
};
report.unknown = (await errorOf(client, 'nobody')).message;
report.stranger = (await errorOf(new OpenAI({ ...settings, apiKey: 'wrong' }), 'm')).message;
report.late = (await errorOf(client, 'never', { timeout: 1000 })) instanceof OpenAI.APIConnectionTimeoutError;
console.log(JSON.stringify(report));
