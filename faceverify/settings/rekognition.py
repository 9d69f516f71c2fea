"""The interface of Amazon Rekognition."""

from .. import env, secret_files
from .paths import BASE_DIR, VAR_DIR

FACEVERIFY_REKOGNITION = env.boolean("FACEVERIFY_REKOGNITION", True)
# From the first one the secrets of new access keys are derived; the others keep earlier ones valid.
FACEVERIFY_REKOGNITION_KEYS = env.long_secrets("FACEVERIFY_REKOGNITION_KEYS") or (
    secret_files.rekognition_keys(VAR_DIR / "rekognition_keys")
)
# The folder that stands for a bucket, by the bucket's name.
FACEVERIFY_S3_FOLDERS = env.folders("FACEVERIFY_S3_FOLDERS", BASE_DIR)
