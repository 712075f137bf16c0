# The yardsticks of `cargo xtask bench knn`: exact float32 in numpy, sqlite-vec, hnswlib; one thread, asked line by line.
import importlib.metadata, json, sys, time
import numpy

K = 10


class Flat:
    """The truth, and what one thread of numpy takes for it."""

    def __init__(self, vectors):
        self.vectors = vectors

    def nearest(self, query):
        scores = self.vectors @ query
        best = numpy.argpartition(-scores, K)[:K]
        return best[numpy.argsort(-scores[best], kind="stable")]


class SqliteVec:
    """vec0 over unit vectors in memory, by Euclidean distance (the same order as cosines), its default."""

    def __init__(self, vectors):
        import apsw, sqlite_vec

        self.db = apsw.Connection(":memory:")
        self.db.enable_load_extension(True)
        self.db.load_extension(sqlite_vec.loadable_path())
        self.db.execute("create virtual table vectors using vec0(embedding float[%d])" % vectors.shape[1])
        with self.db:
            self.db.executemany(
                "insert into vectors (rowid, embedding) values (?, ?)",
                ((n, vector.tobytes()) for n, vector in enumerate(vectors)),
            )

    def nearest(self, query):
        asked = "select rowid from vectors where embedding match ? and k = ? order by distance"
        return [row[0] for row in self.db.execute(asked, (query.tobytes(), K))]


class Hnsw:
    """M 16, ef_construction 200, ef 64."""

    def __init__(self, vectors):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=vectors.shape[1])
        self.index.init_index(max_elements=len(vectors), M=16, ef_construction=200)
        self.index.set_num_threads(1)
        self.index.add_items(vectors, numpy.arange(len(vectors)), num_threads=1)
        self.index.set_ef(64)

    def nearest(self, query):
        return self.index.knn_query(query, k=K, num_threads=1)[0][0]


def unit(path, dimensions):
    vectors = numpy.fromfile(path, dtype="<f4").reshape(-1, dimensions)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


ENGINES = {"numpy": (Flat, "numpy"), "sqlite-vec": (SqliteVec, "sqlite-vec"), "hnswlib": (Hnsw, "hnswlib")}
engines = {}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "load":
        vectors = unit(asked["vectors"], asked["dimensions"])
        queries = unit(asked["queries"], asked["dimensions"])
        answer = {"count": len(vectors)}
    elif asked["do"] == "build":
        make, package = ENGINES[asked["engine"]]
        start = time.perf_counter()
        engines[asked["engine"]] = make(vectors)
        answer = {"seconds": time.perf_counter() - start, "version": importlib.metadata.version(package)}
    elif asked["do"] == "nearest":
        query = queries[asked["query"]]
        start = time.perf_counter()
        found = engines[asked["engine"]].nearest(query)
        answer = {"seconds": time.perf_counter() - start, "found": [int(n) for n in found]}
    print(json.dumps(answer), flush=True)
