"""Small audits for tests: a request, what it makes, and folders of pictures."""

from pathlib import Path

import numpy as np
from PIL import Image

from mixcore.audit import audit_job
from mixcore.audit.audit_request import AuditRequest
from mixcore.runs import Store, Work

REQUEST = AuditRequest(methods=("cutmix", "transmix"), n=9, batch=3, seed=5, device="cpu")


def finished(place, request):
    """The folder of an audit that ran to its end."""
    run = Store(place / "home").create(request.job(), place / "out")
    with Work(run) as work:
        work.end(*audit_job.run_audit(work))
    assert run.status().state == "done", run.status().message
    return run.folder


def picture(seed, size=(40, 32)):
    """A picture of large blocks of colour."""
    blocks = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST)


def picture_folder(path, classes):
    """A folder with so many pictures of each class; the folder."""
    for k, (name, n) in enumerate(classes.items()):
        (path / name).mkdir(parents=True)
        for i in range(n):
            picture(100 * k + i).save(Path(path) / name / f"{i}.png")
    return path
