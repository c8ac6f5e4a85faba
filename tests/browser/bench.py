"""The modules of the pad in an empty page: parcels in, pictures and numbers out."""

from app.components.pad import HERE

ADDRESS = "http://pad.invalid"  # never asked of the network: every request is answered here

LOADS = """async ([terms, parcels, account, used]) => {
    const { bytesOf, parcelOf } = await import(`${origin}/packing.js`);
    const { unpacked } = await import(`${origin}/unpacking.js`);
    const { Model } = await import(`${origin}/model.js`);
    const kept = new Map();
    for (const [name, text] of Object.entries(parcels)) {
        kept.set(name, await unpacked(parcelOf(bytesOf(text))));
    }
    globalThis.model = new Model(terms, (name) => kept.get(name), account, used);
}"""
FRAME = """([place, sees]) => {
    const frame = model.frame(place);
    let text = '';
    for (const byte of frame.picture) text += String.fromCharCode(byte);
    const seen = Object.fromEntries(sees.map((see) => [see, model.seen(see, frame)?.visible]));
    const pixels = model.seenPixels('exact mask', frame);
    const weights = model.weights(place, frame.areas, frame);
    const sum = model.sum(frame);
    return { picture: btoa(text), areas: frame.areas, weights, seen, pixels, sum };
}"""


class Bench:
    """Holds one model of app/components/pad/model.js."""

    def __init__(self, page):
        self.page = page
        page.route(f"{ADDRESS}/**", self._answer)
        page.goto(f"{ADDRESS}/")
        names = ("packing", "words")
        page.evaluate(
            "async names => { for (const n of names)"
            " Object.assign(globalThis, await import(`${origin}/${n}.js`)); }",
            names,
        )

    @staticmethod
    def _answer(route):
        name = route.request.url.rpartition("/")[2]
        if name:
            folder = HERE if (HERE / name).exists() else HERE.parent
            route.fulfill(path=folder / name, content_type="text/javascript")
        else:
            route.fulfill(body="<title>pad</title>", content_type="text/html")

    def load(self, terms, parcels, account=None, used=()):
        """A model of these terms; parcels: name -> base64; account and used: of its label."""
        self.page.evaluate(LOADS, [terms, parcels, account, list(used)])

    def frame(self, place, sees=("spectral residual", "exact mask")):
        """What the browser makes of the mix at this place."""
        return self.page.evaluate(FRAME, [place, sees])
