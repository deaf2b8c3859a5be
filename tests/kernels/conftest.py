"""The kernels, as compiled and as reference."""

import pytest

from truceline.kernels import lines, zones
from truceline.kernels.backend import find_compiled


@pytest.fixture(params=["compiled", "reference"])
def kernels(request, monkeypatch) -> str:
    """Each test that asks for it runs with both."""
    if request.param == "compiled" and find_compiled() is None:
        pytest.skip("the compiled extension is not built")
    if request.param == "reference":
        for module in (zones, lines):
            monkeypatch.setattr(module, "find_compiled", lambda: None)
    return request.param


@pytest.fixture(scope="session")
def compiled():
    """The extension module itself."""
    module = find_compiled()
    if module is None:
        pytest.skip("the compiled extension is not built")
    return module
