"""Anchors: every heading of a page has an id, and a link to itself that can be copied."""

import re

HEADING = re.compile(r"<h([1-6])(\s[^>]*)?>(.*?)</h\1>", re.DOTALL)
SCRIPT = re.compile(r"(<script\b.*?</script>)", re.DOTALL)
ID = re.compile(r'\bid="([^"]+)"')
TAG = re.compile(r"<[^>]+>")


def add_anchors(html: str) -> str:
    """Return the page with an id for each heading that has none, and a link to it in each; scripts are unchanged."""
    used = set(ID.findall(html))

    def anchored(match: re.Match[str]) -> str:
        level, attributes, content = match[1], match[2] or "", match[3]
        label = " ".join(TAG.sub("", content).split())
        own = ID.search(attributes)
        identity = own[1] if own else unused(label, used)
        attributes += "" if own else f' id="{identity}"'
        name = label.replace('"', "&quot;")
        link = f'<a class="anchor" href="#{identity}" aria-label="Permalink: {name}"></a>'
        return f"<h{level}{attributes}>{content}{link}</h{level}>"

    # Odd parts are scripts, which may contain text that looks like a heading.
    return "".join(
        part if number % 2 else HEADING.sub(anchored, part) for number, part in enumerate(SCRIPT.split(html))
    )


def unused(label: str, used: set[str]) -> str:
    """Return an id made from a label, distinct from the used ones, to which it is added."""
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"&\w+;", "", label.lower())).strip("-") or "section"
    identity, number = slug, 1
    while identity in used:
        number += 1
        identity = f"{slug}-{number}"
    used.add(identity)
    return identity
