"""What reading a class token's attention costs beside a forward pass; how soon a map is there.

python bench/evidence.py [--device cpu] [--repeats 15]

Row: the hook's own work, `Evidence.cost`, over the same model's bare forward pass; both medians in
one process, on one thread. First map: one photo through the bundled model that is in memory, with
cutting and resizing, as Explore asks for it. The gates are 1 % and 1 s.
"""

import argparse
import statistics
import time

import timm
import torch

from mixcore import pictures
from mixcore.data import gallery
from mixcore.evidence.kinds.attention import ClassAttention
from mixcore.evidence.models import bundled


def median(action, repeats):
    """Milliseconds of `action`, the median of `repeats` after one to warm up."""
    action()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def row(name, model, b, device, repeats):
    x = torch.rand(b, 3, 224, 224, device=device)
    read = ClassAttention(model)

    def forward():
        model(x)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    with torch.inference_mode():
        bare = median(forward, repeats)
        read(x)
        cost = statistics.median(b * read(x).cost for _ in range(repeats))
    print(f"{name:28s} batch {b:3d}  forward {bare:8.1f} ms  row {cost:6.3f} ms  "
          f"{100 * cost / bare:5.2f} %")  # fmt: skip


def first_map(device, repeats):
    read = ClassAttention(bundled.load("late", device))
    photo = gallery.load("cat")

    def overlay():
        small = pictures.to_tensor(pictures.square(pictures.square(photo, 448), 224)).to(device)
        return read(small).minus_mean().at(448, 448).cpu()

    print(f"first map of a photo         {median(overlay, repeats):8.1f} ms")


def main():
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("--device", default="cpu")
    ask.add_argument("--repeats", type=int, default=15)
    asked = ask.parse_args()
    device = torch.device(asked.device)
    if device.type == "cpu":
        torch.set_num_threads(1)
    vit = timm.create_model("vit_small_patch16_224", pretrained=False).eval().to(device)
    for name, model in (("ViT-S/16", vit), ("bundled, late class token", bundled.load("late"))):
        for b in (1, 8):
            row(name, model.to(device), b, device, asked.repeats)
    first_map(device, asked.repeats)


if __name__ == "__main__":
    main()
