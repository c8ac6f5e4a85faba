"""Meanings of all terms of art and controls, in one line each. Pure; the only place.

Pages show a line where a pointer or the focus rests on the term (app/shell/tips.py). Parameters of
methods and of runs are not here: their declarations say what they are, and their widgets show it.
"""

from __future__ import annotations

import re

LONGEST = 160  # characters of a line

TERMS = {
    # What a mix is
    "lam": "The share of A that is asked for, from 0 to 1; usually drawn at random for each mix.",
    "share of a, lam":
        "How the share of A is set: drawn at random, by hand, or by a box or a mask.",
    "share drawn, lam": "The share that was drawn or set before the mix was made.",
    "share of the picture": "How much of the mixed picture really comes from each photo.",
    "share of the label": "How much of the training label each photo gets: what a network is told.",
    "what the label is worth": "The label beside what was drawn and what the picture holds.",
    "alpha": "The shape of the law that lam is drawn from: small means near 0 or 1, large near ½.",
    "seed": "The number that all random draws start from: the same seed gives the same mix.",
    "pair": "The two photos that are mixed: A in blue and B in orange, here and everywhere.",
    "photos": "The photos that are mixed, each with the colour that it has everywhere.",
    "parameters": "What this method lets you set; each slider says what it does.",
    "recipe": "Settings that were published for this method.",
    "method": "How two photos become one: by blending, pasting, a free form, or guided by a model.",
    "methods": "Which methods stand side by side, or are audited.",
    "family": "Methods that mix in the same way: blends, pastes, free forms, grids and others.",
    "methods of the family": "The methods that mix in this way.",
    "how lam is set": "Drawn at random, moved by hand, or taken from a box or a painted mask.",
    "history": "Each change is a step: go back, forth, or pin one to compare with it.",
    # What can be seen
    "mismatch": "How far the label is from what is left to see: 0 agrees, 1 is as wrong as can be.",
    "mismatch between the label and what the model sees, 0 is perfect":
        "The label's share minus the share of what is left to see, without its sign.",
    "what is left to see": "How much of what mattered in each photo can still be seen in the mix.",
    "judged by": "The map that says where the object is, and so how much of it is left.",
    "judge": "The map that says where the object is, and so how much of it is left.",
    "evidence": "A map of where a photo's object is, by a model, by its pixels, or exactly.",
    "what exact masks are asked":
        "Whether exact masks judge by the object's share or by its pixels.",
    "class attention": "What the class token of a vision transformer looks at in its last block.",
    "what a model sees": "What is left by the model's map; it comes once the model is loaded.",
    "minus mean": "The map with its average taken away, so that only what stands out counts.",
    "class attention, minus mean": "Where the class token looks more than it does on average.",
    "left of a": "How much of A's object can still be seen.",
    "left of b": "How much of B's object can still be seen.",
    "late attention":
        "The attention of the class token in the last block, where classes are told apart.",
    "plain attention": "The attention of the class token as it is, with nothing taken away.",
    "late attention × cam": "Late attention where the class activation map is high, too.",
    "mean of the last features, minus mean":
        "How strongly a network's last features respond at each place, above their average.",
    "mean of features": "How strongly the last features of a network respond at each place.",
    "cam": "Class activation map: where the features stand that speak for the class.",
    "spectral residual": "What is unusual in the picture's spectrum; needs no model.",
    "lite0's prediction":
        "What a trained network (EfficientNet-Lite0) says of the mix, for the two classes.",
    "lite0's prediction, a classifier's guess":
        "What a trained network says of the mix, for the two classes; it may contradict the maps.",
    "exact: own object left": "The share of each object that can still be seen, by its exact mask.",
    "exact: visible object pixels": "Of all object pixels that can be seen, whose they are.",
    "this pixel": "One pixel's arithmetic: its value in A and in B, by their shares, and the sum.",
    "settled, equal to mixcore": "The picture is the library's own, to the last pixel.",
    "preview": "Drawn by the browser while a hand moves; the library follows when it rests.",
    "settling": "The library is making the exact picture.",
    "what papers report": "Numbers from the paper, its code or a benchmark; none are ours.",
    "as training went on": "The same mix judged by a model of yours after each of its epochs.",
    "epoch": "One pass over all training pictures.",
    # Layers
    "layer": "Which view of the mix is large; keys 1 to 9.",
    "mixed": "The mixed picture itself.",
    "mask": "Blue where a pixel is A's, orange where it is B's.",
    "sees in a": "Where the chosen map finds A's object.",
    "sees in b": "Where the chosen map finds B's object.",
    "difference": "How far each colour moved from A, in ΔE: about 2 is just visible.",
    "whose pixel": "The mix in grey, tinted by the photo that each pixel comes from.",
    "opacity of the layer": "How much of the layer covers the mixed picture.",
    "lam, the share of a": "Drag to set the share of A by hand.",
    # Controls of Explore
    "swap": "A becomes B and B becomes A.",
    "random pair": "Two photos of the gallery, and a new seed unless it is locked.",
    "random photos": "Photos of the gallery, and a new seed unless it is locked.",
    "your photos": "Bring photos of your own; they stay on this machine.",
    "new": "Another seed.",
    "lock": "Keep this seed for random pairs too.",
    "undo": "One step back. Ctrl+Z.",
    "undo the last step": "One step back. Ctrl+Z.",
    "redo": "One step forth again. Ctrl+Shift+Z.",
    "redo the next step": "One step forth again. Ctrl+Shift+Z.",
    "pin": "Keep this one to compare others with.",
    "before | after": "Divide the picture: A, or what is pinned, on the left. Key D.",
    "brush": "Paint the mask by hand. Key B.",
    "clear": "Take back all that was painted.",
    "size of the brush": "How wide the brush is.",
    "full screen": "The picture and its sentence over the whole screen. Key F; Escape leaves.",
    "share link": "A link that opens this very state.",
    "export": "Save pictures, a figure or the settings, or open settings.",
    "download": "Save the rows, the summary or the report.",
    "in a batch of eight": "The same method on eight photos, as it meets them in training.",
    # Compare
    "rows": "What differs from row to row: the pair or the seed.",
    "columns": "What differs from column to column: the method or its strength.",
    "strengths": "The values of lam that stand side by side.",
    "seeds": "How often the same is done with another seed.",
    "show": "How the cells are sorted and coloured.",
    "the numbers": "What stands in the cells, as a table.",
    "surprise me": "Search for pairs on which methods disagree most.",
    "random pairs": "Other photos of the gallery in every row.",
    "add": "Another row.",
    "sort by mismatch": "The columns in the order of their mean mismatch.",
    "a seed of its own for each pair": "Each row draws for itself, or all draw the same.",
    "own colour scale for each row": "Colour by the largest mismatch of the row, or of all.",
    "ms": "Milliseconds that the mix took.",
    # Audit
    "new audit": "Judge many mixes of a whole data set by the same map.",
    "audit": "Many mixes of one data set, each judged by how far its label is off.",
    "class of a": "Only mixes whose A is of this class.",
    "class of b": "Only mixes whose B is of this class.",
    "reviewed": "Whether somebody has looked at this mix. Space.",
    "off by more than": "The mismatch from which a label counts as wrong.",
    "sorted by": "Which mixes come first.",
    "mean mismatch": "The average of the mismatch, with its 95 % interval.",
    "hidden, yet in the label": "Mixes whose label names a class that can hardly be seen.",
    "by pair of classes": "The classes whose mixes are off most.",
    "what area says of a, and what can be seen of it":
        "Each mix as a point; on the line both agree.",
    "next": "The mix after this one. Key J.",
    "previous": "The mix before this one. Key K.",
    "explore": "Open this very mix in Explore. Key E.",
    "open a table": "Bring the table of an audit that was made elsewhere.",
    "start": "Begin; it goes on when this page is closed.",
    "more settings": "Settings that are seldom changed.",
    "more": "What else can be done with this run.",
    "upload": "Bring a file from this machine.",
    # Train
    "new run": "Train a small network with a method, here on this machine.",
    "runs side by side": "The runs whose curves are drawn together.",
    "run": "One training, from its start to its last epoch.",
    "view": "How the curves are drawn.",
    "after step": "Which of the example mixes are shown: those of this step.",
    "try 20 steps": "See how long it would take and what memory it needs.",
    "see in explore": "Judge mixes by what this model sees.",
    "calibration as trained": "How often the network is right when it says it is sure.",
    "calibration after temperature": "The same after its confidence was rescaled by one number.",
    "what a's label was worth": "How often A's label got which share while training.",
    "commonest errors": "Which class was taken for which.",
    "ece": "Expected calibration error: the mean gap of confidence and accuracy, over 15 bins.",
    "adaptive ece": "The same over bins of as many pictures each.",
    "classwise ece": "The same for each class by itself, then averaged.",
    "mce": "Maximum calibration error: the gap of the worst bin.",
    "brier score": "Mean squared distance of the probabilities from the truth: 0 is perfect.",
    "nll, nats": "Negative log likelihood: how surprised the network is by the truth.",
    "as trained": "As the network came out of training.",
    "after t": "After its confidence was rescaled by a temperature fitted on other pictures.",
}  # fmt: skip


def find_tip(name: str) -> str | None:
    """The line for a control or a term by the name it has on a page; None where there is none."""
    plain = re.sub(r"\s+", " ", name).strip().lower()
    return TERMS.get(plain) or TERMS.get(_trim(plain))


def _trim(name: str) -> str:
    """Without what changes: a place, a family, a key that is named before or after."""
    name = re.sub(r" \(.*\)$", "", name)
    name = re.sub(r"^(methods of the family) .*", r"\1", name)
    return re.sub(r"^([a-z1-9]|by) (?=\S)| (space|[jkef]|ctrl \+.*)$", "", name)
