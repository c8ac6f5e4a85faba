"""Evidence of an own run: which run and epoch, and how its maps changed as it learned."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import PurePath

import streamlit as st

from app import widgets
from app.explore.photos_panel import use_scenes
from app.jobs import known_runs, run_examples
from app.link.states import SIDES, Keys, PhotoCrop, State, Values
from app.mixes import evidence_kinds, own_models, photos, visible_shares
from app.mixes.mixing import Mix
from app.mixes.photos import CutPhoto
from app.mixes.sparklines import replay_html
from app.photos import visitor_photos
from app.session import EXPLORE
from mixcore import pictures
from mixcore.data.known import DATASETS, name_data
from mixcore.runs.error_text import describe_error

SCENE_DATA = "scenes"


def settle_epoch(values: Values) -> Values:
    """The values with the epoch that is used, and its slider there, too; before it is drawn."""
    epoch = own_models.find_epoch(values)
    if epoch != values["epoch"] and "epoch" in st.session_state:
        st.session_state.epoch = epoch
    return values | {"epoch": epoch}


def choose_run(keys: Keys, used: bool) -> None:
    """Which run, and after which epoch it is asked; part of the link, also where it is not used."""
    own = own_models.list_runs() if used else {}
    chosen = EXPLORE.read_value("trained")
    with widgets.hide_widgets(not used, "run"):
        # A link may name a run that this machine has not; it stays in the link.
        options = dict.fromkeys(["", *own, chosen])
        st.selectbox("Run", list(options), key="trained", bind="query-params")
    kept = own_models.list_epochs(chosen) if used else []
    with widgets.hide_widgets(len(kept) < 2, "epoch"):
        key = keys["epoch"]
        first, last, epoch = 0, int(key.high), key.default
        if len(kept) > 1:
            first, last, epoch = kept[0], kept[-1], kept[-1]
        st.slider(
            "Epoch", first, last, epoch, key="epoch", bind="query-params",
            help="The run's model as it was after this epoch.",
        )  # fmt: skip
    if kept:
        _origin(chosen, keys)
    if used and chosen and chosen not in own:
        st.html(f'<p class="note">The run {escape(chosen)} is not on this machine.</p>')
    elif used and not own:
        st.html(
            '<p class="note">No run of this machine has kept weights yet. Train one on the Train '
            "page; after its first epoch it can be chosen here.</p>"
        )


def _origin(run: str, keys: Keys) -> None:
    """What the run's model was trained on, what that means here, and the way to such pictures."""
    data, number = own_models.find_data(run), int(run.partition("-")[0])
    known = DATASETS.get(data)
    shows = known.shows if known else f"the pictures of {PurePath(data).name or 'its data set'}"
    if known and not known.photos:
        said = "alone, and has never seen a photo: on a photo its map means nothing."
    else:
        said = "alone; on other pictures its map is a guess."
    st.html(f'<p class="note" role="status">Run {number} learned from {escape(shows)} {said}</p>')
    if data == SCENE_DATA:
        st.button("Use two scenes", key="own-scenes", on_click=use_scenes, args=(keys, 2))
    elif (card := known_runs.find_card(run)) and len(run_examples.list_steps(card)):
        st.button("Use two of its own pictures", key="own-data", on_click=_use_own, args=(run,))
    else:
        st.html('<p class="note">It kept no pictures of its own; upload one to see its map.</p>')


def _use_own(run: str) -> None:
    """Put two pictures that the run was trained on in the places of A and B."""
    card = known_runs.find_card(run)
    if card is None:
        EXPLORE.tell("That run is not here any more.")
        return
    try:
        mixes, _ = run_examples.load_examples(card, run_examples.list_steps(card)[-1])
        title = name_data(own_models.find_data(run))
        uploads = [
            photos.admit_file(pictures.png(mix.a), f"{title}, class {mix.y[0]}.png", borrowed=True)
            for mix in mixes[:2]
        ]
    except (ValueError, OSError) as error:
        EXPLORE.tell(f"The run’s own pictures cannot be read. {describe_error(error)}")
        return
    if visitor_photos.keep_uploads(uploads):
        EXPLORE.tell("There is no room for the run’s pictures: forget some of your photos first.")
        return
    for side, upload in zip(SIDES, uploads, strict=False):
        EXPLORE.put_values({side: upload.digest, f"{side}.name": "", **PhotoCrop().values(side)})


def show(
    state: State, mix: Mix, shots: Sequence[CutPhoto], names: Sequence[str], device: str
) -> None:
    """A's label beside what it would be worth by the run's evidence, epoch by epoch."""
    sight = evidence_kinds.find_kind(state.see)
    if not isinstance(sight, evidence_kinds.OwnRun) or len(own_models.list_epochs(sight.run)) < 2:
        return
    found = visible_shares.by_epoch(state, shots, device)
    if not found:
        return
    label = mix.facts.weights[0] / sum(mix.facts.weights)
    ends = f"{found[0][1]:.2f} after epoch {found[0][0]}, {found[-1][1]:.2f} after {found[-1][0]}"
    st.html('<h3 class="cap">As training went on</h3>')
    alt = f"What the label of {names[0]} would be worth by this run: {ends}; it is {label:.2f}."
    st.html(replay_html(found, label, sight.epoch, alt))
    st.html(
        f'<p class="note">What the label of {escape(names[0])} would be worth by what this run '
        f"sees: {ends}. The dashed line is its label, {label:.2f}.</p>"
    )
