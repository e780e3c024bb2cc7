"""What pyproject.toml cannot say: `assets/` travels as `fuse_core/assets`. All else stands there."""

from setuptools import find_packages, setup

ASSETS = "fuse_core.assets"

setup(
    packages=[*find_packages(include=["fuse_core*", "ui*"]), ASSETS],
    package_dir={ASSETS: "assets"},
    package_data={ASSETS: ["*.*", "*/*"]},
    exclude_package_data={ASSETS: ["screenshots/*"], "": ["*.pyi"]},  # Gradio writes .pyi files beside its components
    include_package_data=False,
)
