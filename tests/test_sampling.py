"Drawing the next token: against a loop, against transformers, at the ends of the ranges, with repetitions."

from itertools import product

import pytest
import torch
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from llm_book.infer.sampling import penalize, sample, sampling_probs, validate_sampling

LOGITS = torch.randn(8, 40, generator=torch.Generator().manual_seed(0)) * 2
CASES = list(product((0.5, 1.0, 2.0), (None, 1, 5, 50), (None, 0.3, 0.9), (None, 0.05, 0.4)))


def close(a, b, eps):
    return (a - b).abs().max() <= eps


def by_loop(logits, temperature, top_k, top_p, min_p):
    p = (logits.double() / temperature).softmax(0).tolist()
    keep = sorted(range(len(p)), key=lambda i: -p[i])[:top_k]  # the likeliest first
    total, mass, few = sum(p[i] for i in keep), 0.0, []
    for i in keep:
        few.append(i)
        mass += p[i] / total
        if top_p is not None and mass >= top_p:
            break
    few = [i for i in few if min_p is None or p[i] >= min_p * max(p)]
    total = sum(p[i] for i in few)
    return torch.tensor([p[i] / total if i in few else 0.0 for i in range(len(p))])


def test_all_cuts_together_are_those_of_a_loop():
    for case in CASES:
        want = torch.stack([by_loop(row, *case) for row in LOGITS])
        assert close(sampling_probs(LOGITS, *case), want, 1e-5), case


def test_all_cuts_together_are_those_of_transformers():
    for case in CASES:
        temperature, top_k, top_p, min_p = case
        scores = TemperatureLogitsWarper(temperature)(None, LOGITS)
        if top_k:
            scores = TopKLogitsWarper(top_k)(None, scores)
        if top_p:
            scores = TopPLogitsWarper(top_p)(None, scores)
        if min_p:
            scores = MinPLogitsWarper(min_p)(None, scores)
        assert close(sampling_probs(LOGITS, *case), scores.softmax(-1), 1e-6), case


def test_temperature_0_is_greedy_and_a_tiny_one_nearly():
    best = torch.nn.functional.one_hot(LOGITS.argmax(-1), 40).float()
    assert torch.equal(sampling_probs(LOGITS, 0), best)
    assert close(sampling_probs(LOGITS, 1e-69), best, 1e-6)  # not infinite


@pytest.mark.parametrize(
    'name,value',
    [
        *(('temperature', v) for v in (-1, float('nan'))),
        ('top_k', 0),
        *((name, v) for name, values in (('top_p', (0, 1.5)), ('min_p', (-0.1, 1.5))) for v in values),
        *(('repetition_penalty', v) for v in (0, -1, float('inf'))),
    ],
)
def test_a_setting_outside_its_range_is_refused(name, value):
    with pytest.raises(ValueError, match=f'{name} {value}'):
        validate_sampling(**{name: value})


def test_sampling_probs_refuses_too():
    with pytest.raises(ValueError, match=r'\(0, 1\]'):
        sampling_probs(LOGITS, top_p=1.5)


def test_draws_come_with_their_probabilities_and_zeros_never():
    p = torch.tensor([0.0, 0.5, 0.0, 0.2, 0.3, 0.0])
    u = torch.rand(100_000, generator=torch.Generator().manual_seed(0))
    share = sample(p.expand(len(u), -1), u).bincount(minlength=6) / len(u)
    assert ((share - p).abs() <= 4 * (p * (1 - p) / len(u)).sqrt()).all()
    assert sample(p.expand(2, -1), torch.tensor([0.0, 1 - 2**-24])).tolist() == [1, 4]
    # if they sum to less than 1
    assert sample(0.9 * p.expand(2, -1), torch.tensor([0.49, 0.95])).tolist() == [1, 4]


def test_the_repetition_penalty_is_that_of_transformers():
    seen = torch.tensor([[True, True, False, False, False]])
    got = penalize(torch.tensor([[2.0, -1.0, 0.5, 3.0, -4.0]]), seen, 2.0)
    assert got.tolist() == [[1.0, -2.0, 0.5, 3.0, -4.0]]
    past = torch.randint(40, (8, 30), generator=torch.Generator().manual_seed(1))  # with repetitions
    seen = torch.zeros(8, 40, dtype=torch.bool).scatter_(1, past, True)
    for penalty in (0.8, 1.0, 1.3, 3.0):
        theirs = RepetitionPenaltyLogitsProcessor(penalty)(past, LOGITS)
        assert torch.equal(penalize(LOGITS, seen, penalty), theirs)
