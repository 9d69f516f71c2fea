# Two stages: TensorFlow prepares the model in the first; web and worker serve it without.
FROM python:3.12-slim AS model

ENV PIP_NO_CACHE_DIR=1 TF_ENABLE_ONEDNN_OPTS=0
WORKDIR /app
COPY requirements.txt requirements-npm.txt ./
RUN pip install --require-hashes --requirement requirements.txt
COPY ml ml
RUN python -m ml prepare

FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    FACEVERIFY_BIND=0.0.0.0 FACEVERIFY_LOG_FORMAT=json \
    FACEVERIFY_VAR=/data/var FACEVERIFY_MEDIA=/data/media

WORKDIR /app
COPY requirements-serve.txt ./
RUN pip install --require-hashes --requirement requirements-serve.txt

# The default model and the static files belong to the image; what users store, and the model that
# `manage.py keep_model` keeps for them, lives in /data.
COPY . .
COPY --from=model /app/var/models var/models
RUN python scripts/languages.py compile \
    && FACEVERIFY_VAR=/tmp/build FACEVERIFY_MEDIA=/tmp/build/media python manage.py collectstatic --noinput --verbosity 0 \
    && mv /tmp/build/static /app/static-collected && rm -rf /tmp/build \
    && useradd --create-home --uid 10001 faceverify && mkdir -p /data /certificates \
    && chown faceverify /data && chmod 700 /data && chown 101:101 /certificates
ENV FACEVERIFY_STATIC=/app/static-collected

USER faceverify
VOLUME /data
EXPOSE 8000
CMD ["python", "scripts/process.py", "web"]
