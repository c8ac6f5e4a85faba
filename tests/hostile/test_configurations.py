"""Broken configurations for the command line: each mixes, or is refused in one sentence."""

import json

from hostile.neighbors import assert_sentence, document_neighbors, write_json
from mixcore.cli import main

CONFIG = {
    "mixscope": "1",
    "state": {
        "a": "cat", "b": "scene", "b.scene": 3, "b.zoom": 2.0, "b.x": 0.5, "m": "cutmix",
        "how": "box", "rows": [4, 20], "columns": [2, 30], "seed": 7, "cutmix.alpha": 0.5,
    },
}  # fmt: skip
FLAGS = {"method": "mixup", "a": "example:cat", "crop-a": "2,0.5,0.2", "lam": 0.4, "seed": 1}


def test_a_neighbor_of_a_configuration_is_mixed_or_a_sentence(tmp_path, capsys):
    path, out = str(tmp_path / "c.json"), str(tmp_path / "mixed.png")
    for config in (CONFIG, FLAGS | {"b": "example:dog"}):
        for how, document in [("whole", config), *document_neighbors(config)]:
            with open(path, "wb") as file:
                file.write(write_json(document))
            try:
                code = main(["mix", "--config", path, "--out", out, "--size", "32"])
            except Exception as error:
                raise AssertionError(f"{how}: {json.dumps(document)[:300]}") from error
            said = capsys.readouterr().err
            assert code == (2 if said else 0), how
            assert how != "whole" or not said
            if said:
                assert_sentence(said.removesuffix("\n"))
