# The yardstick of `cargo xtask bench embed`: model2vec with quipu's own rows, asked line by line.
import importlib.metadata, json, sys, time
import numpy
from model2vec import StaticModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers


def load(vocabulary, rows, dimensions):
    pieces = json.load(open(vocabulary, encoding="utf-8"))
    tokenizer = Tokenizer(
        models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]", max_input_chars_per_word=100)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    vectors = numpy.fromfile(rows, dtype="<f4").reshape(len(pieces), dimensions)
    return StaticModel(vectors, tokenizer, normalize=True, max_length=None)


def encode(texts):
    return model.encode(texts, batch_size=1024, use_multiprocessing=False, show_progress_bar=False)


texts = {}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "load":
        model = load(asked["vocabulary"], asked["rows"], asked["dimensions"])
        answer = {"versions": {name: importlib.metadata.version(name) for name in ("model2vec", "tokenizers", "numpy")}}
    elif asked["do"] == "texts":
        name = asked["name"]
        texts[name] = json.load(open(asked["path"], encoding="utf-8"))
        encode(texts[name]).astype("<f4").tofile(asked["vectors"])
        answer = {"tokens": float(numpy.mean([len(ids) for ids in model.tokenize(texts[name])]))}
    elif asked["do"] == "encode":
        start = time.perf_counter()
        encode(texts[asked["name"]])
        answer = {"seconds": time.perf_counter() - start}
    print(json.dumps(answer), flush=True)
