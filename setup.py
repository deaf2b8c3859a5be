"""The compiled kernels. Without a C compiler the install goes on, and their Python reference serves."""

from pathlib import Path

from setuptools import Extension, setup

SOURCES = Path("truceline/kernels/c")

setup(
    ext_modules=[
        Extension(
            "truceline.kernels._compiled",
            sources=sorted(path.as_posix() for path in SOURCES.glob("*.c")),
            depends=sorted(path.as_posix() for path in SOURCES.glob("*.h")),
            # portable, and the same floating-point results on every machine: no -march, no fused multiply-add
            extra_compile_args=["-O3", "-ffp-contract=off"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
