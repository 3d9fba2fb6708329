#!/usr/bin/env python3
"""Checks the proofs of a ledger without a line of its code: Python and its standard library alone.

    verify_proof.py KEY PROOF...    whether each proof file holds; KEY is the ledger's public key, NAME+HASH+KEY
    verify_proof.py                 cases as JSON lines from standard input, for the tests

Written from the standards: RFC 6962 (trees), RFC 8032 (Ed25519), C2SP signed-note, tlog-checkpoint, tlog-proof.
"""

import base64
import hashlib
import json
import sys
from functools import lru_cache


class Refused(Exception):
    """It does not hold, for this reason."""


# --- RFC 6962, section 2.1: straight from the recursive definitions.

def leaf_hash(record):
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size):
    """The largest power of two smaller than size."""
    return 1 << ((size - 1).bit_length() - 1)


def take(path):
    if not path:
        raise Refused("the proof has too few hashes")
    return path.pop()


def root_by_inclusion(index, size, leaf, path):
    """The root that a leaf and the audit path of section 2.1.1 make; uses the path up from its end."""
    if not 0 <= index < size:
        raise Refused("there is no such leaf")
    if size == 1:
        return leaf
    half, beside = split(size), take(path)
    if index < half:
        return node_hash(root_by_inclusion(index, half, leaf, path), beside)
    return node_hash(beside, root_by_inclusion(index - half, size - half, leaf, path))


def roots_by_consistency(old, new, path, whole, old_root):
    """The old and the new root that the proof SUBPROOF(old, D[new], whole) of section 2.1.2 makes."""
    if old == new:
        head = old_root if whole else take(path)
        return head, head
    half, beside = split(new), take(path)
    if old <= half:
        before, after = roots_by_consistency(old, half, path, whole, old_root)
        return before, node_hash(after, beside)
    before, after = roots_by_consistency(old - half, new - half, path, False, old_root)
    return node_hash(beside, before), node_hash(beside, after)


def check_inclusion(index, size, root, record, path):
    path = list(path)
    if root_by_inclusion(index, size, leaf_hash(record), path) != root:
        raise Refused("the entry is not in the tree")
    if path:
        raise Refused("the proof has too many hashes")


def check_consistency(old, old_root, new, new_root, path):
    path = list(path)
    if not 0 < old <= new:
        raise Refused("the sizes do not fit")
    if roots_by_consistency(old, new, path, True, old_root) != (old_root, new_root):
        raise Refused("the old tree is not the beginning of the new one")
    if path:
        raise Refused("the proof has too many hashes")


# --- RFC 8032, sections 5.1.3, 5.1.4 and 5.1.7.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a, b):
    m = (a[1] - a[0]) * (b[1] - b[0]) % P
    n = (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def x_of(y, odd):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and odd):
        raise Refused("no point of the curve")
    return P - x if x & 1 != odd else x


def point(written):
    number = int.from_bytes(written, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        raise Refused("no point of the curve")
    x = x_of(y, odd)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y, 1, x_of(BASE_Y, 0) * BASE_Y % P)


def check_signature(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        raise Refused("a key or a signature has another length")
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        raise Refused("the signature is false")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(point(signature[:32]), times(k, point(public)))
    if (left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P:
        raise Refused("the signature is false")


# --- C2SP signed-note, tlog-checkpoint, tlog-proof.

def decoded(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("no base64") from None


def read_key(text):
    name, hash_, key = text.strip().split("+", 2)
    key = decoded(key)
    if key[:1] != b"\x01" or len(key) != 33:
        raise Refused("no Ed25519 key")
    if hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != hash_:
        raise Refused("the hash of the key does not fit")
    return name, bytes.fromhex(hash_), key[1:]


@lru_cache(maxsize=4)
def open_note(key, note):
    """The text of a note that the key has signed."""
    name, hash_, public = read_key(key)
    text, empty, signatures = note.rpartition("\n\n")
    if not empty or not signatures.endswith("\n"):
        raise Refused("no signed note")
    text += "\n"
    for line in signatures[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise Refused("no signed note")
        signature = decoded(parts[2])
        if parts[1] == name and signature[:4] == hash_:
            check_signature(public, text.encode(), signature[4:])
            return text
    raise Refused("the key has not signed it")


def open_checkpoint(key, note):
    """Origin, size and root."""
    lines = open_note(key, note).split("\n")
    if len(lines) < 4 or not lines[0] or not lines[1].isdecimal() or str(int(lines[1])) != lines[1]:
        raise Refused("no checkpoint")
    root = decoded(lines[2])
    if len(root) != 32:
        raise Refused("no checkpoint")
    return lines[0], int(lines[1]), root


def check_proof(key, text, record=None):
    """The checkpoint of a proof that holds for the record; without one, for the header that it brings along."""
    head, empty, note = text.partition("\n\n")
    lines = head.split("\n")
    if not empty or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Refused("no proof")
    extra = decoded(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
    if not lines or not lines[0].startswith("index ") or not lines[0][6:].isdecimal():
        raise Refused("no proof")
    index, path = int(lines[0][6:]), [decoded(line) for line in lines[1:]]
    if any(len(beside) != 32 for beside in path):
        raise Refused("no proof")
    origin, size, root = open_checkpoint(key, note)
    check_inclusion(index, size, root, extra if record is None else record, path)
    return origin, size, index


# --- The tests' cases.

def check(case):
    what = case["case"]
    if what == "signature":
        check_signature(*(bytes.fromhex(case[part]) for part in ("public", "message", "signature")))
    elif what == "checkpoint":
        _, size, root = open_checkpoint(case["key"], case["note"])
        if (size, root.hex()) != (case["size"], case["root"]):
            raise Refused("another head")
    elif what == "proof":
        check_proof(case["key"], case["proof"], case["record"].encode())
    elif what == "consistency":
        old_root, new_root = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
        path = [bytes.fromhex(beside) for beside in case["hashes"]]
        check_consistency(case["old"], old_root, case["new"], new_root, path)
    else:
        raise SystemExit(f"no such case: {what}")


def cases():
    count = {True: 0, False: 0}
    for line in sys.stdin:
        case = json.loads(line)
        try:
            check(case)
            holds, why = True, ""
        except Refused as refused:
            holds, why = False, str(refused)
        if holds != case["holds"]:
            raise SystemExit(f"holds: {holds} {why}\n{line}")
        count[holds] += 1
    print(f"{count[True]} hold, {count[False]} refused")


def files(key, paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            try:
                origin, size, index = check_proof(key, file.read())
            except Refused as refused:
                raise SystemExit(f"{path}: {refused}") from None
        print(f"{path}: entry {index} is one of the first {size} of {origin}")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        files(sys.argv[1], sys.argv[2:])
    elif len(sys.argv) == 1:
        cases()
    else:
        raise SystemExit(__doc__)
