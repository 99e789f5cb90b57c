"""The packages: every folder of the three rooms, under the name that they are imported by."""

from setuptools import find_packages, setup

ROOMS = ["search*", "models*", "studies*"]

setup(packages=[f"dropsearch.{name}" for name in find_packages(include=ROOMS)])
