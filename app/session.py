"""State of one page in a session: the choices that its link holds, and its messages.

Only choices live here, never results. Widgets own the link; a PageState reads their values back
and, for a swap or an import, hands them new ones before they are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import streamlit as st
from streamlit.runtime.state import SessionStateProxy

from app.link import states
from app.link.keys import Key
from app.link.states import CROP, SIDES, Keys, Values
from app.shell import address


@dataclass(frozen=True)
class PageState:
    """The state of one page in each session; the names of its session entries begin with `page`.

    list_keys  every entry of its link, asked for once
    carriers   choices that pictures, pills and buttons make: bound, but to unseen widgets
    carried    more that only code sets, into widgets that the page draws itself
    held       what only the pad sets, where it is
    opening    what who comes without a link sees first
    versioned  whether its links say of which version they are
    """

    page: str
    list_keys: Callable[[], Keys]
    carriers: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    opening: Values = field(default_factory=dict)
    versioned: bool = False

    @cached_property
    def keys(self) -> Keys:
        """Every entry of the link."""
        return self.list_keys()

    def name_entry(self, what: str) -> str:
        """The name of an entry of session state that is this page's own."""
        return f"{self.page}-{what}"

    def _load(self, what: str) -> Values:
        return st.session_state.get(self.name_entry(what), {})

    def _keep(self, what: str, values: Values) -> None:
        st.session_state[self.name_entry(what)] = values

    def _drop(self, *whats: str) -> None:
        for what in whats:
            st.session_state.pop(self.name_entry(what), None)

    # The link, once a run.

    def begin_page(self, more: Keys | None = None) -> None:
        """Read the link once a session, and hand over what code has set since the last run.

        What the link says wrongly gives way to the usual, and is told. more: entries that depend
        on what is there, such as names of runs.
        """
        newcomer = not read_query() and not self._has("carried")  # nor sent by another page
        if address.is_history_step():  # what code set last was set on another step
            self._drop("carried", "held", "again", "due")
        notes = address.clean_link({**self.keys, **(more or {})})
        if not self._has("opening"):
            notes += self._open(newcomer)
        self.tell_first(*notes)
        if self._has("due"):
            st.session_state.update(self._load("due"))
            self._drop("due")

    def _has(self, what: str) -> bool:
        return self.name_entry(what) in st.session_state

    def _open(self, newcomer: bool) -> list[str]:
        """Keep what the link says, as widgets that are not drawn yet say it."""
        query = read_query()
        if not self.versioned:
            query.pop("v", None)
        values, notes = states.from_query(query, self.keys)
        if newcomer and self.opening:
            values |= self.opening
            self.load_values(dict(self.opening))
        if notes:  # a link of another version, which must leave the address too
            self.load_values(values)
            st.query_params.pop("v", None)
        self._keep("opening", values)
        return notes

    # Setting values.

    def put_values(self, values: Values) -> None:
        """Set values of widgets that are always there; for callbacks."""
        st.session_state.update(values)
        names = (*self.carriers, *self.carried)
        self.carry_values({name: values[name] for name in names if name in values})
        self._keep("held", self._load("held") | {n: values[n] for n in self.held if n in values})

    def carry_values(self, values: Values) -> None:
        """Set what has no widget that one sees; holds from the next run on."""
        self._keep("carried", self._load("carried") | values)

    def load_values(self, values: Values) -> None:
        """Set a whole state, perhaps of another method; for callbacks.

        Streamlit writes what code sets into the link only for widgets that it has drawn before, so
        the values are handed over once more when the page has been drawn with them.
        """
        self.put_values(values)
        self._drop("due")
        self._keep("again", values)

    def set_next(self, values: Values) -> None:
        """Set values of widgets that this run has drawn already: they hold from the next run on."""
        self._keep("due", values)

    def finish_load(self) -> None:
        """See to it that `load_values` is completed, as soon as the browser has this run."""
        if self._has("again"):
            st.fragment(self._hand_over, run_every=0.3)()

    def _hand_over(self) -> None:
        if self._has("due"):
            st.rerun()
        self.set_next(self._load("again"))
        self._drop("again")

    # Reading values.

    def is_behind(self) -> bool:
        """Whether the browser spoke before it had heard of the last choice that code made."""
        return any(st.session_state.get(k) != value for k, value in self._load("carried").items())

    def read_values(self) -> Values:
        """What every widget says now; one that is not drawn yet says what the link said."""
        memory = st.session_state.to_dict()  # one copy costs less than a hundred look-ups
        opening = self._load("opening")
        return {name: _read(key, memory, opening) for name, key in self.keys.items()}

    def read_value(self, name: str) -> Any:
        """What one widget says now, as `read_values` has it."""
        return _read(self.keys[name], st.session_state, self._load("opening"))

    # Drawing.

    def draw_carriers(self, key: str = "carriers") -> None:
        """The unseen widgets of `carriers`.

        Only code sets them, so what code set last holds: a hand that is quicker than the server's
        answer makes the browser send the old value once more.
        """
        st.session_state.update(self._load("carried"))
        with st.container(key=key):
            for name in self.carriers:
                words = self.write_carrier(name, self.keys[name].default)
                st.text_input(name, words, key=name, bind="query-params")

    def write_carrier(self, name: str, value: Any) -> str:
        """A value as the unseen widget of a carrier holds it, which is a text."""
        words = self.keys[name].write(value)
        return words if isinstance(words, str) else " ".join(words)

    def hold_values(self, pad: bool) -> None:
        """Where the pad sets what it shows, keep to that, as carriers do; else let go of it."""
        if pad:
            st.session_state.update(self._load("held"))
        else:
            self._keep("held", {})

    # What must be told.

    def tell(self, *sentences: str) -> None:
        """Say these until they are dismissed; what was said before has been read by now."""
        st.session_state[self.name_entry("messages")] = list(sentences)

    def tell_first(self, *sentences: str) -> None:
        """Say these, if there are any, and keep what was said before."""
        if sentences:
            self.tell(*dict.fromkeys([*sentences, *self.list_messages()]))

    def list_messages(self) -> list[str]:
        """The sentences to show."""
        return st.session_state.get(self.name_entry("messages"), [])


def read_query() -> dict[str, Any]:
    """The link, as app.link.states.from_query reads it: a list where an entry stands twice."""
    entries = {name: st.query_params.get_all(name) for name in st.query_params}
    return {name: ends if len(ends) > 1 else ends[0] for name, ends in entries.items() if ends}


def _read(key: Key, memory: Mapping[str, Any] | SessionStateProxy, opening: Values) -> Any:
    try:
        return key.read(memory.get(key.name, opening.get(key.name, key.default)))
    except ValueError:
        return key.default


def _list_explore_keys() -> Keys:
    from app.mixes import known_methods, photos  # they bring torch, which not every page needs

    params = {key: card.params for key, card in known_methods.load_catalogue().items()}
    examples = [photo.name for photo in photos.list_examples()]
    return states.list_keys(params, examples, known_methods.list_pairings())


# Explore's stands here, as every page leads there with a mix.
EXPLORE = PageState(
    "explore", _list_explore_keys,
    carriers=(*SIDES, "m"),
    carried=tuple(f"{side}.{part}" for side in SIDES for part in CROP),  # frames set them
    held=("lam", "rows", "columns", "mask", "layer", "opacity"),
    opening=states.OPENING,
    versioned=True,
)  # fmt: skip
