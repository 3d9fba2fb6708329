"""Trains UDPipe 1 and spaCy on a treebank, measures them and Annalist on another, and prints one table.

Started by bench/syntax-peers, which sets up what it needs. Everything made is kept under --cache.
"""

import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import time

ROUNDS = 3  # the fastest counts: a busy machine only ever slows one down


def main():
    arguments = parsed_arguments()
    dev = list(sentences(arguments.dev))
    rows = [annalist(arguments), udpipe(arguments, dev), spacy(arguments, dev)]
    print_table(rows, arguments, dev)


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=pathlib.Path, required=True)
    parser.add_argument("--dev", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--annalist", required=True, help="the program annalist-train")
    parser.add_argument("--udpipe-iterations", type=int, default=1, help="of tagger and parser; their authors take 20 and 30")
    parser.add_argument("--spacy-epochs", type=int, default=3, help="over the treebank; 20 and more are usual")
    return parser.parse_args()


def sentences(path):
    """Of each sentence its words as (form, upos, head, relation without subtype)."""
    words = []
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        if not line and words:
            yield words
            words = []
        elif line and not line.startswith("#"):
            cells = line.split("\t")
            if cells[0].isdigit():
                words.append((cells[1], cells[3], int(cells[6]), universal(cells[7])))


def universal(relation):
    return relation.lower().split(":")[0]


def shares(gold, found):
    """UPOS, UAS and LAS in percent, as in the CoNLL 2018 shared task with given words."""
    pairs = [pair for g, f in zip(gold, found, strict=True) for pair in zip(g, f, strict=True)]
    upos = sum(g[1] == f[1] for g, f in pairs)
    head = sum(g[2] == f[2] for g, f in pairs)
    labelled = sum(g[2:] == f[2:] for g, f in pairs)
    return [100 * right / len(pairs) for right in (upos, head, labelled)]


def fastest(work, tokens):
    """What `work` gives, and tokens a second."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, tokens / min(seconds)


def cached(arguments, name):
    """A place for what is made of this training file with these settings."""
    digest = hashlib.sha256(arguments.train.read_bytes()).hexdigest()[:12]
    return arguments.cache / f"{name}-{digest}"


def annalist(arguments):
    command = [arguments.annalist, "eval", "syntax", "--lang", "en", "--treebank", str(arguments.dev)]
    shares, speeds = None, []
    for _ in range(ROUNDS):
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        names = lines[0].split()
        row = next(line for line in lines if line.startswith("gold tokens"))
        cells = dict(zip(names, row.split()[-len(names):], strict=True))
        shares = [float(cells[name]) for name in ("UPOS", "UAS", "LAS")]
        speeds.append(float(cells["tokens/s"]))
    return ("Annalist, built-in model", *shares, max(speeds))


def udpipe(arguments, dev):
    import ufal.udpipe as ud

    iterations = arguments.udpipe_iterations
    path = cached(arguments, f"udpipe-{iterations}").with_suffix(".model")
    if not path.exists():
        tell(f"training UDPipe, iterations: {iterations}")
        error = ud.ProcessingError()
        model = ud.Trainer.train(
            "morphodita_parsito", ud.Sentences(read_udpipe(ud, arguments.train)), ud.Sentences(),
            "none", f"iterations={iterations}", f"iterations={iterations}", error,
        )
        if error.occurred():
            sys.exit(f"UDPipe: {error.message}")
        written(path, bytes(model))
    model = ud.Model.load(str(path))
    parsed = read_udpipe(ud, arguments.dev)

    def work():
        for sentence in parsed:
            if not model.tag(sentence, "") or not model.parse(sentence, ""):
                sys.exit("UDPipe: a sentence could not be parsed")

    _, speed = fastest(work, sum(map(len, dev)))
    found = [[(w.form, w.upostag, w.head, universal(w.deprel)) for w in list(s.words)[1:]] for s in parsed]
    return (f"UDPipe 1, iterations: {iterations}", *shares(dev, found), speed)


def read_udpipe(ud, path):
    reader = ud.InputFormat.newConlluInputFormat()
    reader.setText(path.read_text(encoding="utf-8"))
    # Not `ud.Sentences`: that gives out copies, and what is found in them is lost.
    found, error = [], ud.ProcessingError()
    while True:
        sentence = ud.Sentence()
        if not reader.nextSentence(sentence, error):
            break
        found.append(sentence)
    if error.occurred():
        sys.exit(f"{path}: {error.message}")
    return found


def spacy(arguments, dev):
    import spacy as library
    from spacy.tokens import Doc

    epochs = arguments.spacy_epochs
    folder = cached(arguments, f"spacy-{epochs}")
    if not (folder / "model-last").exists():
        tell(f"training spaCy, epochs: {epochs}")
        train_spacy(arguments, folder, epochs)
    nlp = library.load(folder / "model-last")

    def work():
        docs = [
            Doc(nlp.vocab, words=[w[0] for w in words], sent_starts=[n == 0 for n in range(len(words))])
            for words in dev
        ]
        return list(nlp.pipe(docs, batch_size=256))

    docs, speed = fastest(work, sum(map(len, dev)))
    found = [[(t.text, t.pos_, 0 if t.head.i == t.i else t.head.i + 1, universal(t.dep_)) for t in doc] for doc in docs]
    return (f"spaCy CNN, epochs: {epochs}", *shares(dev, found), speed)


def train_spacy(arguments, folder, epochs):
    """spaCy's own recipe for processors without a graphics card: a CNN of width 96 and depth 4."""
    folder.mkdir(parents=True, exist_ok=True)
    run = [sys.executable, "-m", "spacy"]
    config = folder / "config.cfg"
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(
        [*run, "init", "config", config, "--lang", "en", "--pipeline", "morphologizer,parser", "--optimize", "efficiency", "--force"],
        **quiet,
    )
    for source in (arguments.train, arguments.dev):
        subprocess.run([*run, "convert", source, folder, "--converter", "conllu"], **quiet)
    subprocess.run(
        [
            *run, "train", config, "--output", folder,
            "--paths.train", folder / f"{arguments.train.stem}.spacy",
            "--paths.dev", folder / f"{arguments.dev.stem}.spacy",
            "--components.tok2vec.model.encode.width", "96",
            "--components.tok2vec.model.encode.depth", "4",
            "--training.max_epochs", str(epochs), "--training.patience", "0",
            # Looking at the development treebank costs time and changes nothing: the last model is taken.
            "--training.eval_frequency", "1000",
        ],
        check=True,
    )


def written(path, content):
    """A file that appears whole or not at all."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    os.replace(part, path)


def tell(text):
    print(f"{text} …", file=sys.stderr, flush=True)


def print_table(rows, arguments, dev):
    tokens = sum(map(len, dev))
    print(f"{arguments.dev.name}: {len(dev)} sentences, {tokens} words, tokens given; LAS without subtypes\n")
    print(f"{'':<28}{'UPOS':>8}{'UAS':>8}{'LAS':>8}{'tokens/s':>12}{'to Annalist':>14}")
    for name, upos, uas, las, speed in rows:
        print(f"{name:<28}{upos:>8.2f}{uas:>8.2f}{las:>8.2f}{speed:>12.0f}{speed / rows[0][4]:>14.3f}")


if __name__ == "__main__":
    main()
