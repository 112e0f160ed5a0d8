"""What is used of datasketch, imported without `scipy.integrate`.

datasketch imports it for the integrals by which it would choose bands and rows where they are not given. Ours are,
and the import costs each process that decides on copies .4 s and 37 MB.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_INTEGRATE = "scipy.integrate"


def _quad(*args: Any, **kwargs: Any) -> Any:
    """SciPy's, imported by who calls it."""
    from scipy.integrate import quad

    return quad(*args, **kwargs)


class _Promised(ModuleType):
    quad = staticmethod(_quad)


if _INTEGRATE in sys.modules:
    from datasketch import MinHash, MinHashLSH
else:
    sys.modules[_INTEGRATE] = _Promised(_INTEGRATE)
    try:
        from datasketch import MinHash, MinHashLSH
    finally:
        del sys.modules[_INTEGRATE]

__all__ = ["MinHash", "MinHashLSH"]
