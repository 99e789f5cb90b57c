"""Where fits run, on a machine without a GPU; what runs on one is in tests/models/test_gpu.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from dropsearch.models.lstm.network import DropoutLSTM
from dropsearch.search.errors import ConfigError, GpuLostError
from dropsearch.search.fit.device import device_of, gpu_is_lost
from dropsearch.search.run import detach, launch
from dropsearch.search.signals import interrupts  # which puts the handlers back
from dropsearch.search.workers.engines import ON_A_GPU, default_workers
from dropsearch.search.workers.serving import serve
from dropsearch.studies.claims.progress import claims_of
from dropsearch.studies.store.store import open_store

without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")


@without_gpu
def test_auto_is_the_cpu_where_there_is_no_gpu() -> None:
    assert device_of("auto") == device_of("cpu") == "cpu"
    assert not gpu_is_lost()


def test_a_gpu_is_shared_by_few_workers() -> None:
    assert default_workers("cuda") == min(default_workers(), ON_A_GPU)


@without_gpu
def test_a_gpu_that_is_not_there_is_told_and_no_trial_is_spent(study: Any, tmp_path: Path) -> None:
    asked = study(training={"accelerator": "gpu"})
    storage = tmp_path / "studies.db"
    said = "training.accelerator: gpu needs an NVIDIA GPU"
    with pytest.raises(ConfigError, match=said):
        launch(asked, storage=str(storage))
    assert not storage.exists()
    detach(asked, storage=str(storage))
    store = open_store(str(storage), create=False)
    with interrupts(), pytest.raises(ConfigError, match=said):
        serve(store, [])
    assert {claim.state for claim in claims_of(store, store.find("tones").uuid)} == {"waiting"}


@without_gpu
def test_without_a_driver_torch_is_not_imported() -> None:
    code = (
        "import sys; from dropsearch.search.fit.device import DRIVERS, _loads, device_of; "
        "device_of('auto'); sys.exit('torch' in sys.modules and not any(map(_loads, DRIVERS)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_where_the_gpu_answers_no_more_the_worker_ends_and_no_trial_has_failed(
    study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers_not(*_: Any) -> None:
        raise torch.AcceleratorError("an illegal memory access was encountered")

    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    assert not gpu_is_lost()
    monkeypatch.setattr(torch.cuda, "synchronize", answers_not)
    monkeypatch.setattr(DropoutLSTM, "training_step", answers_not)
    storage = str(tmp_path / "studies.db")
    detach(study(training={"accelerator": "cpu"}), storage=storage)
    store = open_store(storage, create=False)
    with interrupts(), pytest.raises(GpuLostError):
        serve(store, [])
    claims = claims_of(store, store.find("tones").uuid)
    assert sorted({claim.state for claim in claims}) == ["running", "waiting"]
