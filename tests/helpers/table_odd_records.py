"""Records whose text differs from the one that the original's writer produces."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from nasbench_pytorch.table.tfrecord.record import Record
from nasbench_pytorch.table.tfrecord.record import encode as encode_record


def spaced(record: Record) -> bytes:
    return json.dumps(json.loads(encode_record(record)), indent=1).encode()


def with_message(change: Callable[[bytes], bytes]) -> Callable[[Record], bytes]:
    def encode(record: Record) -> bytes:
        content = json.loads(encode_record(record))
        content[4] = base64.encodebytes(change(base64.b64decode(content[4]))).decode()
        return json.dumps(content).encode()

    return encode


def in_one_line(record: Record) -> bytes:
    content = json.loads(encode_record(record))
    content[4] = content[4].replace("\n", "")
    return json.dumps(content).encode()


def padding_bits(record: Record) -> bytes:
    """Set an unused bit of the last character of the base64."""
    text = encode_record(record)
    at = text.rindex(b"=\\n") - 1
    while text[at] == ord("="):
        at -= 1
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:at] + alphabet[alphabet.index(text[at]) | 1 : (alphabet.index(text[at]) | 1) + 1] + text[at + 1 :]


ODD_FORMS: dict[str, Callable[[Record], bytes]] = {
    "other whitespace": spaced,
    "whitespace behind": lambda record: encode_record(record) + b" ",
    "one line of base64": in_one_line,
    "padding bits": padding_bits,
    "unknown field": with_message(lambda message: message + b"\x22\x03abc"),
    "fields in another order": with_message(lambda message: message[-9:] + message[:-9]),
    "longer number": with_message(lambda message: message[:-10] + bytes([message[-10] | 0x80, 0]) + message[-9:]),
    "fourth evaluation": with_message(lambda message: message[:141] + b"\x0a\x00" + message[141:]),
    "empty evaluation": with_message(lambda message: b"\x0a\x00" + message[47:]),
    "checkpoint path": with_message(lambda message: b"\x0a\x30" + message[2:47] + b"\x32\x01c" + message[47:]),
    "escaped text": lambda record: encode_record(record).replace(b"input,", b"\\u0069nput,"),
}
