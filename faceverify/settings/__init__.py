"""Settings from the environment and `.env`, with defaults that suit a fresh clone.

`.env.example` describes every variable. A value that cannot be read stops the start.
"""

# ruff: noqa: F403  each module is a part of the settings
from .accounts import *
from .api import *
from .audit import *
from .cors import *
from .database import *
from .languages import *
from .limits import *
from .live import *
from .logs import *
from .mail import *
from .openid import *
from .operations import *
from .paths import *
from .queue import *
from .rekognition import *
from .retention import *
from .search import *
from .security import *
from .sign_up import *
from .storage import *
from .web import *
from .work import *
