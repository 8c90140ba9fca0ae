"""What every test shares: tests marked gpu run where there is one."""

import torch


def pytest_collection_modifyitems(config, items):
    """Leave out the tests marked gpu where there is no CUDA device: they are no missing part of this machine."""
    if not torch.cuda.is_available():
        config.hook.pytest_deselected(items=[item for item in items if "gpu" in item.keywords])
        items[:] = [item for item in items if "gpu" not in item.keywords]
