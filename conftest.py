# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the property tests, for all folders of tests.

By default these try the same examples in each run, so that tests do not fail
by chance. With ``HYPOTHESIS_PROFILE=random`` they try others each time; the
seed is printed, and ``--hypothesis-seed`` repeats a run.
"""

from __future__ import annotations

import os
import secrets

import pytest

try:
    import hypothesis
except ModuleNotFoundError:
    # Not every stack has it. The tests that need it say so themselves.
    hypothesis = None
else:
    # Time limits would fail by chance where a machine is busy.
    _PATIENT = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.register_profile("fixed", _PATIENT, derandomize=True)
    hypothesis.settings.register_profile(
        "random", _PATIENT, derandomize=False, database=None, print_blob=True
    )
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def _is_random() -> bool:
    return hypothesis is not None and not hypothesis.settings().derandomize


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose a seed, before the plugin of hypothesis looks for one."""
    if _is_random() and config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    """Say which examples the property tests try."""
    if _is_random():
        return f"property tests: --hypothesis-seed={config.getoption('--hypothesis-seed')}"
    return "property tests: the same examples in each run"
