"The classifier: padding changes nothing, runs resume exactly, folders open elsewhere, errors of one line."

import csv
import io
import json
import time

import pytest
import torch

from conftest import MIRROR, ROOT, needs_mirror
from llm_book.tune.classifier import Classifier, as_classifier, class_probs, evaluate_classifier
from llm_book.tune.classifier_files import open_classifier, save_classifier
from llm_book.classify import build_classifier, classify_settings, main, predict
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.data.labelled import Example, stratified_split, tale_examples, write_splits
from llm_book.model.qwen import QwenConfig, QwenModel
from llm_book.text.tokenizer_files import get_tokenizer, save_hf

TINY = [
    '--model.config.emb_dim',
    '16',
    '--model.config.n_heads',
    '2',
    '--model.config.n_layers',
    '1',
    '--model.config.vocab_size',
    '300',
    '--data.n_stories',
    '80',
    '--training.batch_size',
    '8',
    '--training.max_steps',
    '6',
    '--training.eval_freq',
    '3',
    '--training.warmup_steps',
    '2',
    '--device',
    'cpu',
]
QWEN = QwenConfig(
    vocab_size=257,
    context_length=64,
    emb_dim=16,
    n_heads=2,
    n_kv_groups=1,
    head_dim=8,
    hidden_dim=32,
    n_layers=2,
)
GPT = GPTConfig(vocab_size=257, context_length=64, emb_dim=16, n_heads=2, n_layers=2)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    monkeypatch.setenv('LLM_BOOK_MIRROR', '')


def random_classifier(Model, cfg, **more):
    torch.manual_seed(0)
    model = as_classifier(Model(cfg), 3)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.05)
    return Classifier(model.eval(), get_tokenizer('bytes'), ['a', 'b', 'c'], 40, **more)


@pytest.mark.parametrize('Model,cfg', [(GPTModel, GPT), (QwenModel, QWEN)])
def test_a_probability_is_the_same_alone_padded_and_in_any_batch(Model, cfg):
    clf = random_classifier(Model, cfg)
    rows = [[256, *range(n)] for n in (1, 5, 2, 30, 17, 17)]
    alone = torch.cat([class_probs(clf.model, [r]) for r in rows])
    for size in (1, 40, 10**6):
        assert (class_probs(clf.model, rows, size) - alone).abs().max() < 1e-6
    assert (class_probs(clf.model, rows[::-1]).flip(0) - alone).abs().max() < 1e-6
    assert (alone[0] - alone[3]).abs().max() > 1e-3  # they do differ from text to text


@pytest.mark.parametrize('Model,cfg', [(GPTModel, GPT), (QwenModel, QWEN)])
def test_transformers_opens_the_folder_and_agrees(tmp_path, Model, cfg):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    clf, texts = random_classifier(Model, cfg), ['hello', 'a longer text, with £ and 懒狗', 'x' * 100]
    save_classifier(clf, tmp_path / 'm')
    again = open_classifier(tmp_path / 'm')
    assert (
        again.classes == clf.classes
        and again.max_length == 40
        and (again.probs(texts) == clf.probs(texts)).all()
    )
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path / 'm', dtype=torch.float32)
    tok = AutoTokenizer.from_pretrained(tmp_path / 'm')
    with torch.no_grad():
        got = theirs(**tok(texts, padding=True, truncation=True, return_tensors='pt')).logits.softmax(-1)
    assert abs(got.numpy() - clf.probs(texts)).max() < 1e-5


def test_the_end_is_read_when_asked(tmp_path):
    clf = random_classifier(GPTModel, GPT, keep='end')
    a, b = clf.probs(['x' * 100 + 'the end', 'y' * 100 + 'x' * 100 + 'the end'])
    assert abs(a - b).max() < 1e-6
    assert abs(clf.probs(['the end' + 'x' * 100]) - a).max() > 1e-4
    save_classifier(clf, tmp_path / 'm')
    assert open_classifier(tmp_path / 'm').keep == 'end'


def test_a_run_resumes_exactly(tmp_path):
    more = [
        *TINY,
        '--class_weights',
        'balanced',
        '--model.config.drop_rate',
        '0.1',
        '--training.save_step',
        '3',
    ]
    whole, clf, _ = build_classifier(classify_settings([*more, '--run', 'whole']))
    whole.train()
    half, _, _ = build_classifier(classify_settings([*more, '--run', 'half']))
    for _ in range(3):
        half.train_step()
    half.save_checkpoint()
    again, other, _ = build_classifier(classify_settings([*more, '--run', 'half', '--resume', 'auto']))
    assert again.step == 3
    again.train()
    for (name, a), b in zip(clf.model.named_parameters(), other.model.parameters()):
        assert torch.equal(a, b), name
    with pytest.raises(ValueError, match='freeze'):
        build_classifier(classify_settings([*more, '--run', 'half', '--resume', 'auto', '--freeze', 'head']))


def test_a_frozen_run_resumes_on_its_own_base_only(tmp_path):
    from llm_book.model.hub import save_pretrained

    for seed in (1, 2):
        torch.manual_seed(seed)
        save_pretrained(
            GPTModel(GPTConfig(vocab_size=257, context_length=256, emb_dim=16, n_heads=2, n_layers=2)),
            tmp_path / f'base{seed}',
        )
        save_hf(get_tokenizer('bytes'), tmp_path / f'base{seed}')
    more = [
        *TINY,
        '--freeze',
        'last_block',
        '--data.max_length',
        '64',
        '--run',
        'frozen',
        '--training.save_step',
        '3',
    ]
    whole, clf, _ = build_classifier(classify_settings([*more, '--init_from', 'base1']))
    for _ in range(3):
        whole.train_step()
    whole.save_checkpoint()
    again, other, _ = build_classifier(classify_settings([*more, '--init_from', 'base1', '--resume', 'auto']))
    for t in (whole, again):
        t.train_step()
    for (name, a), b in zip(clf.model.named_parameters(), other.model.parameters()):
        assert torch.equal(a, b), name
    with pytest.raises(ValueError, match='frozen weights'):
        build_classifier(classify_settings([*more, '--init_from', 'base2', '--resume', 'auto']))


def test_balanced_weights_reach_the_loss(tmp_path):
    parts = stratified_split(
        [Example(f'text number {i}', 'rare' if i % 10 == 0 else 'common') for i in range(200)]
    )
    path = str(write_splits(parts, tmp_path / 'mine'))
    losses = {}
    for how in ('none', 'balanced'):
        t, clf, _ = build_classifier(
            classify_settings([*TINY, '--run', how, '--data.train_path', path, '--class_weights', how])
        )
        rows = t.train_loader.samples
        x, y = rows.rows(range(len(rows)))
        loss, n = clf.model.eval()(x, targets=y)
        losses[how] = float(loss.detach()), int(n)
        logits = clf.model(x)[y != -100].double()
    w = torch.tensor([160 / (2 * 144), 160 / (2 * 16)]).double()
    want = torch.nn.functional.cross_entropy(logits, y[y != -100], w, reduction='sum').item()
    assert losses['balanced'] == pytest.approx((want, 160), rel=1e-5) and losses['none'][0] != pytest.approx(
        want, rel=1e-3
    )


def test_train_and_predict_from_the_shell(run, tmp_path):
    rows = [Example(f'{"win" if i % 2 else "see"} you {i},\n"ok"', ('ham', 'spam')[i % 2]) for i in range(60)]
    path = write_splits({'all': rows}, tmp_path / 'in') / 'all.csv'
    out = run('llm_book.classify', '--data.train_path', path, *TINY, '--freeze', 'last_block').stdout
    folder = tmp_path / 'logs' / 'classification' / 'all'
    assert 'accuracy' in out and json.loads((folder / 'scores.json').read_text()).keys() >= {
        'train',
        'val',
        'test',
    }
    for name in ('train', 'val', 'test'):
        assert (
            (tmp_path / 'data' / 'classification' / 'all' / f'{name}.csv')
            .read_text()
            .startswith('Text,Label\n')
        )
    done = run('llm_book.classify predict', '--model', folder, path)
    got = list(csv.reader(io.StringIO(done.stdout)))
    assert got[0] == ['prediction', 'probability', 'Text', 'Label', 'probability_ham', 'probability_spam']
    assert [(r[2], r[3]) for r in got[1:]] == rows
    config = json.loads((folder / 'model' / 'config.json').read_text())
    assert (config['text_field'], config['label_field']) == ('text', 'label')
    done = run('llm_book.classify', '--freeze', 'heads', expect=2)
    assert done.stderr.strip() == "llm_book.classify: error: freeze is 'heads'; did you mean 'head'?"


def test_labels_that_are_numbers_come_back_as_numbers(tmp_path, capsys):
    rows = [{'text': f'{"win" if i % 2 else "see"} you {i}', 'label': i % 2} for i in range(60)]
    (tmp_path / 'mine.jsonl').write_text('\n'.join(map(json.dumps, rows)))
    main(['--data.train_path', 'mine.jsonl', *TINY, '--training.max_steps', '1'])
    capsys.readouterr()
    predict(['--model', 'mine', 'mine.jsonl'])
    found = [json.loads(line)['prediction'] for line in capsys.readouterr().out.splitlines()]
    assert len(found) == 60 and {repr(label) for label in found} <= {'0', '1'}


@pytest.mark.parametrize(
    'args,error',
    [
        (['--data.max_length', '999'], 'longer than model.config.context_length'),
        (['--data.train_path', 'absent.csv'], 'no labelled texts at'),
        (['--init_from', 'no/such-thing/x'], 'no folder'),
        (['--data.tokenizer', 'gpt4'], 'no tokenizer'),
        (['--resume', 'latest'], 'use auto, never'),
        (['--data.keep', 'middle'], 'data.keep'),
        (['--config', 'spma'], "did you mean 'spam'?"),
    ],
)
def test_what_cannot_work_is_said(args, error):
    with pytest.raises((ValueError, OSError)) as e:
        build_classifier(classify_settings([*TINY, *args]))
    assert error in str(e.value)


def test_long_texts_are_counted_and_said(tmp_path, capsys):
    parts = stratified_split(tale_examples(60))
    path = write_splits(parts, tmp_path / 'tales')
    said = []
    build_classifier(
        classify_settings(
            [*TINY, '--data.train_path', str(path), '--data.max_length', '20', '--data.keep', 'end']
        ),
        said.append,
    )
    assert f'{len(parts["train"])} train texts are longer than 20 tokens: only their end is read' in said


def test_predict_refuses_a_language_model(tmp_path):
    from llm_book.model.hub import save_pretrained

    save_pretrained(GPTModel(GPT), tmp_path / 'lm')
    save_hf(get_tokenizer('bytes'), tmp_path / 'lm')
    (tmp_path / 't.txt').write_text('hello\n')
    with pytest.raises(ValueError, match='without a head for classes'):
        predict(['--model', str(tmp_path / 'lm'), str(tmp_path / 't.txt')])


@pytest.mark.slow
@pytest.mark.process
def test_two_processes_train_the_same_classifier(tmp_path):
    import os
    import subprocess
    import sys

    env = os.environ | {'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'}
    for strategy in ('ddp', 'fsdp'):
        subprocess.run(
            [
                sys.executable,
                '-m',
                'torch.distributed.run',
                '--nproc_per_node',
                '2',
                '-m',
                '--',
                'llm_book.classify',
                *TINY,
                '--run',
                strategy,
                '--strategy',
                strategy,
            ],
            cwd=tmp_path,
            env=env,
            check=True,
            timeout=300,
        )
    main([*TINY, '--run', 'one'])
    texts = [e.text for e in tale_examples(20)]
    one = open_classifier('logs/classification/one').probs(texts)
    for strategy in ('ddp', 'fsdp'):
        assert abs(open_classifier(f'logs/classification/{strategy}').probs(texts) - one).max() < 1e-3


@pytest.mark.slow
@pytest.mark.clock
@needs_mirror
def test_predict_is_as_fast_as_the_pipeline_of_transformers(tmp_path):
    from transformers import pipeline

    torch.manual_seed(0)
    cfg = GPTConfig(vocab_size=300, context_length=256, emb_dim=128, n_heads=4, n_layers=4)
    clf = Classifier(as_classifier(GPTModel(cfg), 2).eval(), get_tokenizer('bytes'), ['ham', 'spam'], 256)
    from llm_book.data.labelled import read_labelled

    texts = [e.text for e in read_labelled(next(MIRROR.rglob('SMSSpamCollection')))[0][:256]]
    save_classifier(clf, tmp_path / 'm')
    theirs = pipeline('text-classification', model=str(tmp_path / 'm'), device='cpu')
    best, answers = {}, {}
    for _ in range(3):
        for name, f in (
            ('ours', lambda: clf.probs(texts).max(1)),
            ('one by one', lambda: [r['score'] for r in theirs(texts, truncation=True)]),
            ('batches of 32', lambda: [r['score'] for r in theirs(texts, truncation=True, batch_size=32)]),
        ):
            start = time.process_time()
            answers[name] = torch.tensor(f())
            best[name] = min(best.get(name, 1e9), time.process_time() - start)
    print({k: round(len(texts) / v) for k, v in best.items()}, 'texts a second')
    assert (answers['ours'] - answers['one by one']).abs().max() < 1e-4
    assert best['ours'] <= min(best['one by one'], best['batches of 32'])


def test_measure_counts_what_it_says():
    clf = random_classifier(GPTModel, GPT)
    examples = [Example(e.text[:20], 'abc'[i % 3]) for i, e in enumerate(tale_examples(30))]
    m = evaluate_classifier(clf, examples)
    guess = [clf.classes[k] for k in m['probs'].argmax(1)]
    assert m['accuracy'] == pytest.approx(sum(g == e.label for g, e in zip(guess, examples)) / 30)


def test_the_chapter_shows_the_stored_result_of_the_messages():
    "The table of the chapter against what the workshop's long cell printed."
    shown, stored = (
        {c['id']: c for c in json.loads((ROOT / 'nbs' / path).read_text(encoding='utf-8'))['cells']}
        for path in ('5_tune/2_classification.ipynb', 'library/tune/classifier.ipynb')
    )
    rows = [line.split('|') for line in ''.join(shown['sms-idea']['source']).split('\n') if '0.9' in line]
    lines = ''.join(stored['sms-print']['outputs'][0]['text']).split('\n')[1:5]
    assert len(rows) == len(lines) == 4
    for row, line in zip(rows, lines):
        numbers = [x.replace('−', '-') for x in (*row[2].split(), *row[3].replace('±', '').split())]
        assert numbers == [x for x in line.replace('±', '').split() if x[-1].isdigit()][1:], (row, line)
