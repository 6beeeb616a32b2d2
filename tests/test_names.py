"Names and words are the field's: none that was replaced comes back, no public name means two things."

import ast
import json
import re
from collections import defaultdict

import pytest
from conftest import ROOT

LIBRARY = ROOT / 'llm_book'
# replaced names, by the module where they stood
REPLACED = """
core.paths: shown
core.files: own
core.config: flat look_up nearest pairs wrong_value
core.download: place_of receive
core.runs: COMMANDS FORMAT HELD NOT_COMPARED building claim go_on hold keep_settings release unfinished
core.exercises: EN ZH
world.grammar: WORDS chance floor log_table no_memory pieces render split surprise wheel words
world.questions: CAST WISH consistent ending_odds found wished
model.layers: rope_waves rotate
model.qwen: EXPERTS LARGE PRESETS flops_per_token rope_waves rotate
model.llama: EIGHT_B LLAMA3 PRESETS STRETCHED flops_per_token rope_cos_sin rope_speeds
model.llama_family: llama_rope
model.gpt: PRESETS flops_per_token
model.family: few sizes
model.families: EVERYWHERE
model.qwen_family: KINDS SWIGLU qwen_kind
model.gguf_reader: stretched_rope unpermute
model.weights: blank canonical check_fit cut_fused fill read_file redundant split turned
text.chat_template: Special
text.tokenizer_files: BYTES LETTERS SPECIALS TRICKY one_file published spell two_files unspell
text.gguf_tokenizer: SMOLLM TABLES chat_prompt
data.sources: ARCHIVES Bad KINDS LAST_CUT PACKED READ blocks kind_of lines look_inside optional
data.sources: others_said survey text_blocks unpack unpacker
data.documents: digest_of hub parse_json records_in separator_in texts units value_of
data.jobs: HARMLESS Report copies_in find_copies found_in load
data.pretokenize: STAGES Shared alone begin finish left_out watch work
data.shards: FORMAT IdsFile adopt batched npy prepare recipe survey
data.batches: Stream
data.sample_order: permuted scramble
data.conversation_files: CHATS ROLES Report THOUGHTS WEIGHTS empty from_chat from_task gather joined
data.conversation_files: learned parse_record_line records text_in unread up_to_learned with_thought
data.conversations: Answers PackedAnswers fitted question_of render retell with_markers without
data.corpus: forecast on_disk picture_lines place
data.labelled: coarse dedup leaked records stratified
data.tables: MARKS clean_share columns decoded unquoted
infer.sampling: check_drawing next_probs pick
infer.cache: places
infer.decoding: as_prompts complete row_draws until
train.distributed: STAGES Workers replicas shards shards_per_server work
train.launch: agree choose enlist join meeting
train.checkpoint_writer: Writer
train.checkpoints: ALLOWED ContentsReader Group check_contents complete damage discard part_of
train.checkpoints: prune read_contents
train.resume: FREE TOLD changes
train.strategy: Single
train.memory: half_type lift loss_into_gradient twice
train.setup: AnyRun as_config enlisted enter_run loaders
train.base_models: FREE base_place fill_model start_from tokenizer_at weights_at
train.sizing: FIT PARTS SHARE matrix_rate plan short span speeds
train.hardware: PEAKS
train.comparison: compare summary
train.records: append thin
train.optim: progress
train.sharded: part_of
eval.answers: JUDGE ask judge kind_of obeyed questions stopped
eval.excess: by_heart excess report
eval.metrics: bag paired roc scores
tune.lora: HARMLESS NEUTRAL USUAL adapter_places chosen endings ends fingerprint repeats thin trainable
tune.lora: unmerge
tune.classifier: FREEZE measure report trainable
tune.sft: Lesson base_model examine export few grow listen save_answering told world
serve.sessions: PLAIN Prefixes ROLES Reply Speaker checked common merged open_speaker own_template window
serve.engine: Desk Full Line
serve.messages: begun thinks_on
serve.display: shown_apart view
serve.terminal: stops
serve.api: DRAWN IDLE LENGTHS MOST ONLY Refused api flag heading hosted length_of no_model prepare produce
serve.api: handler server sse unless_gone whole wrap
serve.page: Bounded WORDS acts bars handlers looks pieces strip_of web word
chat: HELP heard pipe
classify: Settings as_trained base_model build configure identity_of make_trainer
collect_env: report
instruct: Settings build compare configure identity_of prepare
pretrain: Settings build check_rows configure corpus_of export identity_of make_trainer overfit
train.setup: newest_whole start_of starts_of
data.__main__: Adopt COMMANDS Plain Pretokenize
bench.data: WAYS parse_json parse_orjson reader texts turn written
bench.generate: Trial cases hugging_face ours record theirs
bench.lora: CONTESTANTS adapted contestant full ours peft plain record tasks
bench.tools: at_least in_words machine memory need seconds serve tree watched
bench.train: CASES CONTESTANTS Loader PARTS SMALL build case contestant part_of record same shares tasks
"""
MEMBERS = """
train.run_files: missed chief flops_share
train.records: last done
train.checkpoints: agree many ours
serve.engine: line
train.step: asked look in_row chief same first whole total missing
train.strategy: same first whole total missing
train.trainer: asked told look leave due missed chief
train.distributed: same first whole total missing patient
data.batches: cut once ahead
infer.decoding: leave
data.jobs: walk
data.pretokenize: trouble following
serve.sessions: go_on alternatives run
chat: obey said talk
"""
# one name in several modules, and why
SHARED = {'main': 'every command has one', 'SUITE': 'every contest of the benchmark has one'}
# images and old words that the reader cannot look up; the prose of chapters not yet rewritten is not read
PHRASES = (
    'a river that',
    'known by heart',
    'learned by heart',
    'lies in parts',
    'lies behind',
    'attention and thinking',
    'needs a bend',
    'Who came first is served first',
    'a stranger may ask',
    'the newcomers would find',
    'the lot is drawn',
    'it shall say',
    'stands behind',
)


def table(text):
    "The rows of a table, one set of words for each key."
    rows = defaultdict(set)
    for row in text.strip().splitlines():
        key, words = row.split(': ')
        rows[key] |= set(words.split())
    return rows


def tree_of(module):
    return ast.parse((LIBRARY / f"{module.replace('.', '/')}.py").read_text(encoding='utf-8'))


def public(tree):
    "What a module exports."
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') == '__all__':
            return set(ast.literal_eval(node.value))
    return set()


def members(tree):
    "Methods and fields of the classes of a module."
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield part.name
                elif isinstance(part, ast.AnnAssign):
                    yield part.target.id


@pytest.mark.parametrize('module', sorted(table(REPLACED)))
def test_no_replaced_name_comes_back(module):
    assert not public(tree_of(module)) & table(REPLACED)[module]


@pytest.mark.parametrize('module', sorted(table(MEMBERS)))
def test_no_replaced_member_comes_back(module):
    assert not set(members(tree_of(module))) & table(MEMBERS)[module]


def test_a_public_name_stands_in_one_module():
    homes = defaultdict(list)
    for path in LIBRARY.rglob('*.py'):
        for name in public(ast.parse(path.read_text(encoding='utf-8'))):
            homes[name].append(path.relative_to(LIBRARY).as_posix())
    twice = {name: sorted(where) for name, where in homes.items() if len(where) > 1}
    assert set(twice) == set(SHARED), {name: twice.get(name) for name in set(twice) ^ set(SHARED)}


def prose():
    "Texts that people read: docstrings and comments of the library, its notebooks, READMEs."
    for path in LIBRARY.rglob('*.py'):
        yield path, path.read_text(encoding='utf-8')
    for path in (ROOT / 'nbs' / 'library').rglob('*.ipynb'):
        if '.ipynb_checkpoints' not in path.parts:
            cells = json.loads(path.read_text(encoding='utf-8'))['cells']
            yield path, '\n'.join(''.join(c['source']) for c in cells)
    for path in (ROOT / 'README.md', ROOT / 'CONTRIBUTING.md'):
        yield path, path.read_text(encoding='utf-8')


def test_the_words_are_the_fields():
    found = [
        f'{path.relative_to(ROOT)}: {phrase!r}'
        for path, text in prose()
        for phrase in PHRASES
        if re.search(rf'\b{re.escape(phrase)}', text)
    ]
    assert not found, found


def test_the_tables_notice():
    tree = ast.parse("__all__ = ['shown']\nclass A:\n    look: int\n    def leave(self): ...")
    assert public(tree) & table(REPLACED)['core.paths'] == {'shown'}
    assert set(members(tree)) & table(MEMBERS)['train.trainer'] == {'look', 'leave'}
