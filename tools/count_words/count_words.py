"""Counts a text: each run of letters is a word, each Chinese or Japanese character one of its own."""

import json
import re
import sys

HAN_OR_KANA = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"

text = json.load(sys.stdin)["text"]
characters = re.findall(f"[{HAN_OR_KANA}]", text)
words = re.findall(rf"(?:(?![{HAN_OR_KANA}])[\w'’-])+", text)
json.dump(
    {
        "words": len([word for word in words if re.search(r"\w", word)]),
        "cjkCharacters": len(characters),
        "lines": len(text.splitlines()),
        "characters": len(text),
    },
    sys.stdout,
)
