"""The generated part of docs/clients.md: the table of the client matrix, and a section for each client."""

import os
import re
import textwrap

BEGIN = "<!-- matrix: written by tests/clients/matrix.py --page -->\n"
END = "<!-- end of matrix -->\n"
SIGNS = {"ok": "✓", "no": "–", "red": "✗", "FAIL": "**fails**"}
FENCES = {".mjs": "js", ".js": "js", ".py": "python", ".java": "java", ".go": "go", ".conf": "apache", ".toml": "toml"}
WIDTH = 140


def within(text):
    """What the page has between its two marks."""
    _, begin, rest = text.partition(BEGIN)
    inside, end, _ = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"docs/clients.md lacks the line {(END if begin else BEGIN).strip()}")
    return inside


def replaced(text, inside):
    return text.replace(BEGIN + within(text) + END, BEGIN + inside + END)


def generated(clients, cells, records, root):
    """What has to stand there, by what the clients said."""
    missing = [one.folder.name for one in clients if one.folder.name not in records]
    if missing:
        raise SystemExit(f"nothing is recorded of {', '.join(missing)}: run them")
    return table(clients, cells, records) + sections(clients, root)


def table(clients, cells, records):
    notes = []
    rows = [f"| Client | {' | '.join(cells)} |", f"|---|{'---|' * len(cells)}"]
    for one in clients:
        told = records[one.folder.name]["cells"]
        row = [f"[{one.name}](#{anchor(one.name)})"]
        for cell in cells:
            sign = SIGNS[told[cell]["verdict"]]
            if "reason" in told[cell]:
                note = " ".join(filter(None, (sentence(told[cell]["reason"]), told[cell].get("thread"))))
                if note not in notes:
                    notes.append(note)
                sign += f" ({notes.index(note) + 1})"
            row.append(sign)
        rows.append(f"| {' | '.join(row)} |")
    legend = "✓ it works · – it does not apply · ✗ a defect of the library; the number says why:"
    listed = [f"{number}. {note}" for number, note in enumerate(notes, 1)]
    return "\n" + "\n".join(rows) + "\n\n" + "\n".join([legend, "", *listed] if listed else ["✓ it works"]) + "\n\n"


def sections(clients, root):
    """Each client's version, configuration and notes. What an earlier one has in the same words is not said again."""
    seen, written = {}, []
    for one in clients:
        folder = os.path.relpath(one.folder, root / "docs")
        facts = f"`{one.package}` {one.version}, {one.language}, {one.kind}; [how it is run]({folder})."
        parts = [f"### {one.name}", wrapped(facts)]
        if one.notes:
            parts.append(wrapped(one.notes))
        parts += shown(one.name, seen, "configuration", *configuration(one))
        tenant = one.folder / "tenant.toml"
        if tenant.exists():
            parts += shown(one.name, seen, "`tenant.toml`", "toml", tenant.read_text().strip())
        for policy in sorted(one.folder.glob("*.xml")):
            parts.append(f"With [{policy.name}]({folder}/{policy.name}) laid over the tenant's policy of that name.")
        written.append("\n\n".join(parts))
    return "\n\n".join(written) + "\n\n"


def shown(name, seen, what, language, text):
    first = seen.setdefault(text, name)
    if first != name:
        return [f"Its {what} is that of [{first}](#{anchor(first)})."]
    return [*(["With this `tenant.toml`:"] if language == "toml" else []), f"```{language}\n{text}\n```"]


def configuration(client):
    """The language and the lines between the comments `configuration` and `end of configuration` of a file."""
    file, _, name = client.configuration.partition(":")
    path = client.folder / file
    wanted = "configuration" + (f" {name}" if name not in ("", "configuration") else "")
    comment = r"[ \t]*(?://|#|--|/\*|<!--)[ \t]*{}[ \t]*(?:\*/|-->)?[ \t]*\n"
    found = re.search(
        "^" + comment.format(re.escape(wanted)) + "(?P<lines>.*?)^" + comment.format("end of configuration"),
        path.read_text(), re.S | re.M)
    if not found:
        raise SystemExit(f"{path} has no comments `{wanted}` and `end of configuration`")
    return FENCES.get(path.suffix, ""), textwrap.dedent(found["lines"].expandtabs(4)).strip("\n")


def anchor(heading):
    """How a heading is linked to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def sentence(text):
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def wrapped(text):
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)
