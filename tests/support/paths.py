"""Where the tests find the project, its examples and its command."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
COMMAND = str(Path(sys.executable).with_name("dropsearch"))
