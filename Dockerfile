# Not tried: there was no Docker where this was written.
# docker build -t llm_book .                                   the book and the library
# docker run --rm -it -p 127.0.0.1:8888:8888 llm_book          JupyterLab: open the address that it prints
# docker run --rm -it -v "$PWD/runs:/runs" llm_book llm-book pretrain
# PyPI's torch for Linux on x86 runs on CPUs and, with `docker run --gpus all`, on NVIDIA GPUs.
# A base with CUDA's own tools: --build-arg BASE=nvidia/cuda:<version>-devel-ubuntu24.04
# A smaller image, for CPUs only: --build-arg PIP_EXTRA_INDEX_URL=<PyTorch's index of CPU wheels>
ARG BASE=python:3.11-slim
FROM ${BASE}
ARG PIP_EXTRA_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 LLM_PROJECT_ROOT=/runs PATH=/venv/bin:$PATH
RUN command -v python3 || (apt-get update && apt-get install -y --no-install-recommends python3 python3-venv)
RUN python3 -m venv /venv
WORKDIR /llm_book
COPY . .
RUN pip install -c constraints.txt -e '.[book]'
VOLUME /runs
EXPOSE 8888
CMD ["jupyter", "lab", "--allow-root", "--no-browser", "--ip=0.0.0.0", "--ServerApp.root_dir=/llm_book/nbs"]
