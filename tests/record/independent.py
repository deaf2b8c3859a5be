"""A second verifier of a record, written from docs/record.md and the public specifications alone.

It needs Python and the package `cryptography`, and imports nothing of Truceline: whoever distrusts the one can use the
other, or read this page and write a third.

    python independent.py OUT VKEY [WITNESS-VKEY …]           a folder with record/ in it, and keys that one trusts
    python independent.py --receipt FILE VKEY [LEAF]          a receipt, with the file of its leaf where it is closed
    python independent.py --fork FILE VKEY                    two checkpoints of one size that contradict each other

It prints what it checked. At the first thing wrong it says what, and ends with exit code 3.
"""

import base64
import json
import sys
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def need(holds, what):
    if not holds:
        print(f"WRONG: {what}")
        sys.exit(3)


# --- signed notes (c2sp.org/signed-note, c2sp.org/tlog-cosignature) ------------------------------------


def read_key(vkey):
    """NAME+KEYID+BASE64(type || key) -> name, key id, type, key; the id must be that of the rest."""
    name, key_id, rest = vkey.split("+", 2)
    data = base64.b64decode(rest, validate=True)
    need(sha256(name.encode() + b"\n" + data).hexdigest()[:8] == key_id, f"the key id of {name}")
    return name, bytes.fromhex(key_id), data[0], data[1:]


def read_note(note, vkey):
    """Return the lines that a key signed; for a witness's key, the time (s) that it gives besides."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    name, key_id, kind, key = read_key(vkey)
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        data = base64.b64decode(encoded, validate=True)
        if (dash, signer, data[:4]) != ("\N{EM DASH}", name, key_id):
            continue
        signed, signature, time = text.encode(), data[4:], None
        if kind == 4:  # a cosignature: eight bytes of time before the signature, and in what is signed
            time, signature = int.from_bytes(data[4:12], "big"), data[12:]
            signed = f"cosignature/v1\ntime {time}\n".encode() + signed
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
        except InvalidSignature:
            need(False, f"the signature of {name}")
        return text.split("\n")[:-1], time
    return need(False, f"no signature of {name}")


def read_head(note, vkey):
    """Return origin, size and root of a checkpoint that the key signed."""
    (origin, size, root, *_), _ = read_note(note, vkey)
    need(str(int(size)) == size, "the size of the checkpoint")
    return origin, int(size), base64.b64decode(root, validate=True)


# --- the tree (RFC 6962, section 2.1; RFC 9162, section 2.1.3.2) ---------------------------------------


def hash_leaf(entry):
    return sha256(b"\0" + entry).digest()


def hash_node(left, right):
    return sha256(b"\1" + left + right).digest()


def hash_tree(hashes):
    """The definition, word for word: split at the largest power of two below the size."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    cut = 1 << (len(hashes) - 1).bit_length() - 1
    return hash_node(hash_tree(hashes[:cut]), hash_tree(hashes[cut:]))


def climb(leaf, index, size, path):
    """The root to which an inclusion proof leads."""
    node, last = leaf, size - 1
    for sibling in path:
        need(last > 0, "the proof is too long")
        if index % 2 or index == last:
            node = hash_node(sibling, node)
            while index and not index % 2:
                index, last = index >> 1, last >> 1
        else:
            node = hash_node(node, sibling)
        index, last = index >> 1, last >> 1
    need(last == 0, "the proof is too short")
    return node


# --- tiles (c2sp.org/tlog-tiles) ------------------------------------------------------------------------


def tile_name(kind, index, width):
    """tile/<L>/x001/x234/067[.p/W]"""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"{kind}/{'/'.join(groups)}{f'.p/{width}' if width < 256 else ''}"


def read_tiles(home, kind, count):
    """Yield the bytes of all tiles of a level, or of all bundles, or of all openings."""
    for start in range(0, count, 256):
        width = min(256, count - start)
        path = home / tile_name(kind, start // 256, width)
        path = path if path.exists() else home / tile_name(kind, start // 256, 256)
        yield width, path.read_bytes()


def read_entries(home, size):
    """Each entry stands after its length, two bytes."""
    entries = []
    for width, data in read_tiles(home, "tile/entries", size):
        place = 0
        for _ in range(width):
            length = int.from_bytes(data[place : place + 2], "big")
            entries.append(data[place + 2 : place + 2 + length])
            place += 2 + length
    return entries


def check_tiles(home, hashes):
    """The tiles of each level are the hashes below, 256 at a time."""
    level = 0
    while hashes:
        for number, (width, data) in enumerate(read_tiles(home, f"tile/{level}", len(hashes))):
            expected = b"".join(hashes[256 * number : 256 * number + width])
            need(data[: 32 * width] == expected, f"tile {number} of level {level}")
        full = len(hashes) - len(hashes) % 256
        hashes = [hash_tree(hashes[start : start + 256]) for start in range(0, full, 256)]
        level += 1


# --- canonical JSON (RFC 8785) --------------------------------------------------------------------------

ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def write_text(text):
    return '"' + "".join(ESCAPES.get(sign, f"\\u{ord(sign):04x}" if sign < " " else sign) for sign in text) + '"'


def write_number(value):
    """As ECMAScript writes a number (ECMA-262, Number::toString): the fewest digits, and its rules for the point."""
    value = float(value)
    if value == 0:
        return "0"
    sign, value = ("-", -value) if value < 0 else ("", value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    digits = (whole + part).lstrip("0")
    point = int(exponent or 0) + (len(whole) if whole.strip("0") else len(part.lstrip("0")) - len(part))
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        padded = digits.ljust(point, "0")
        return sign + padded[:point] + (f".{padded[point:]}" if padded[point:] else "")
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if digits[1:] else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def write_json(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{write_text(name)}:{write_json(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write_json, value)) + "]"
    if isinstance(value, str):
        return write_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return write_number(value)


# --- the record (docs/record.md) ------------------------------------------------------------------------


def open_line(line):
    """Return nonce and the statement's bytes of a line of openings, or None for one that is withheld or removed."""
    if line in (b'{"withheld":true}', b'{"removed":true}'):
        return None
    need(line[:10] == b'{"nonce":"' and line[74:88] == b'","statement":' and line[-1:] == b"}", "a line of openings")
    return bytes.fromhex(line[10:74].decode()), line[88:-1]


def make_leaf(nonce, data):
    return b'{"commitment":"%s","v":1}' % sha256(nonce + data).hexdigest().encode()


def check_statement(leaf, entry, nonce, data):
    """The opening gives the leaf, and the statement is in its one form; return what it says."""
    need(
        entry == b'{"commitment":"%s","v":1}' % sha256(nonce + data).hexdigest().encode(), f"the opening of leaf {leaf}"
    )
    said = json.loads(data)
    need(write_json(said).encode() == data, f"the statement of leaf {leaf} is not in the form of RFC 8785")
    return said


def read_statements(home, entries):
    """Return what each leaf says, None for one that is not opened."""
    lines = []
    for width, data in read_tiles(home, "openings", len(entries)):
        lines += data.split(b"\n")[:width]
    need(len(lines) == len(entries), "a line of openings for each leaf")
    opened = [open_line(line) for line in lines]
    return [None if one is None else check_statement(leaf, entries[leaf], *one) for leaf, one in enumerate(opened)]


def check_kept(out, said):
    """What was kept is there, and nothing else is; so are the outputs of the newest run."""
    spoken, kept = [one for one in said if one], set()
    whole = len(spoken) == len(said)  # else this is a package, from which statements and bytes are withheld
    for one in spoken:
        if one["kind"] in ("evidence", "removal"):
            (kept.add if one["kind"] == "evidence" else kept.discard)(one["digest"])
    runs = [one["body"]["run"] for one in spoken if one["kind"] == "run"]
    outputs = {
        one["path"]: one["digest"]
        for one in spoken
        if one["kind"] in ("standing", "table", "report") and one["path"] and one["body"]["run"] == runs[-1]
    }
    wanted = {f"record/blobs/{digest[:2]}/{digest}": digest for digest in kept} | outputs
    for path, digest in sorted(wanted.items()):
        if (out / path).exists() or whole:
            need((out / path).is_file(), f"{path} is missing")
            need(sha256((out / path).read_bytes()).hexdigest() == digest, f"{path} holds other bytes")
    ours = ("record/tile/", "record/openings/", "record/state/", "record/stamps/", "released/")
    for path in sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()):
        known = path in wanted or path.startswith(ours) or path in ("record/checkpoint", "export.json")
        need(known, f"{path} belongs to nobody")
    return len(kept), len(outputs)


def check_folder(out, vkey, witnesses):
    home = out / "record"
    note = (home / "checkpoint").read_text("utf-8")
    origin, size, root = read_head(note, vkey)
    times = [read_note(note, witness)[1] for witness in witnesses]
    entries = read_entries(home, size)
    hashes = [hash_leaf(entry) for entry in entries]
    need(hash_tree(hashes) == root, "the root of the tree")
    check_tiles(home, hashes)
    said = read_statements(home, entries)
    kept, outputs = check_kept(out, said)
    opened = sum(one is not None for one in said)
    print(f"{origin}: {size} leaves under the signed root, {opened} opened, cosigned by {len(times)}")
    print(f"{kept} kept files and {outputs} outputs of the newest run")


def check_receipt(file, vkey, leaf_file):
    head, _, note = file.read_text("utf-8").partition("\n\n")
    first, *lines = head.split("\n")
    need(first == "c2sp.org/tlog-proof@v1", "the first line of a receipt")
    extra = base64.b64decode(lines.pop(0)[6:], validate=True) if lines[0].startswith("extra ") else None
    index = int(lines.pop(0).removeprefix("index "))
    origin, size, root = read_head(note, vkey)
    said = None
    if extra is not None:
        nonce, data = open_line(extra)
        entry = make_leaf(nonce, data)
        said = check_statement(index, entry, nonce, data)
    else:
        need(leaf_file is not None, "a closed receipt needs its leaf")
        entry = leaf_file.read_bytes()
    path = [base64.b64decode(line, validate=True) for line in lines]
    need(climb(hash_leaf(entry), index, size, path) == root, f"leaf {index} is not under this root")
    print(f"leaf {index} of {size} in {origin}" + (f": {said['kind']} {said['subject']}" if said else ""))


def check_fork(file, vkey):
    _, _, rest = file.read_text("utf-8").partition("\n\nfirst:\n")
    first, _, second = rest.partition("\n\nsecond:\n")
    one, two = read_head(first + "\n", vkey), read_head(second, vkey)
    need(one[:2] == two[:2] and one[2] != two[2], "two trees of one size of one log")
    print(f"{one[0]} has signed two trees of {one[1]} leaves")


def main(arguments):
    if arguments[0] == "--receipt":
        check_receipt(Path(arguments[1]), arguments[2], Path(arguments[3]) if arguments[3:] else None)
    elif arguments[0] == "--fork":
        check_fork(Path(arguments[1]), arguments[2])
    else:
        check_folder(Path(arguments[0]), arguments[1], arguments[2:])


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.exit(3 if "truceline" in sys.modules else 0)
