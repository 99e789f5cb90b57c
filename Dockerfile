FROM python:3.11-slim-bookworm
# Where torch without CUDA is to be taken from another index: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL
RUN useradd --create-home --uid 1000 dropsearch && install -d -o dropsearch /artifacts
WORKDIR /src
COPY pyproject.toml setup.py constraints.txt README.md LICENSE ./
COPY search search
COPY models models
COPY studies studies
RUN pip install --no-cache-dir -c constraints.txt ".[postgres]"
WORKDIR /data
USER dropsearch
ENTRYPOINT ["dropsearch"]
