"""What pyproject.toml cannot say: `assets/` travels as `fuse_core/assets`. All else stands there."""

from setuptools import find_packages, setup

ASSETS = "fuse_core.assets"
STUBS = {package: ["*.pyi"] for package in find_packages(include=["ui*"])}  # Gradio writes them beside components

setup(
    packages=[*find_packages(include=["fuse_core*", "ui*"]), ASSETS],
    package_dir={ASSETS: "assets"},
    package_data={ASSETS: ["*.*", "*/*", "*/*/*"]},
    exclude_package_data={ASSETS: ["screenshots/*"], **STUBS},
    include_package_data=False,
)
