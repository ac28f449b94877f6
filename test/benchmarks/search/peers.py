"""Other engines of the search benchmark, in process and on one thread. Reads a JSON command a line, answers one a line.

load {vectors, queries, n, dimension}: raw float32 files   build {engine, ...}   ask {engine, k, ef?} -> {ms, ids}
"""
import importlib.metadata
import json
import sys
import tempfile
import time

import numpy

answers = sys.stdout
sys.stdout = sys.stderr  # libraries print


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


class Numpy:
    """One matrix product in float32, and the k best of it."""

    def build(self, vectors, **_):
        self.vectors = numpy.array(vectors)

    def search(self, query, k, **_):
        scores = self.vectors @ query
        best = numpy.argpartition(scores, -k)[-k:]
        return best[numpy.argsort(-scores[best])].tolist()


class Hnswlib:
    def build(self, vectors, m=16, ef_construction=64, **_):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=vectors.shape[1])
        self.index.init_index(max_elements=len(vectors), M=m, ef_construction=ef_construction)
        self.index.set_num_threads(1)
        self.index.add_items(vectors, num_threads=1)

    def search(self, query, k, ef=100, **_):
        self.index.set_ef(ef)
        labels, _ = self.index.knn_query(query, k=k, num_threads=1)
        return labels[0].tolist()


class Vectordb:
    """jina vectordb, the paper's database, with its defaults."""

    kind = "InMemoryExactNNVectorDB"

    def build(self, vectors, **_):
        import vectordb
        from docarray import BaseDoc, DocList
        from docarray.typing import NdArray

        class Window(BaseDoc):
            name: str = ""
            embedding: NdArray[vectors.shape[1]]

        self.window, self.list = Window, DocList[Window]
        self.database = getattr(vectordb, self.kind)[Window](workspace=tempfile.mkdtemp())
        self.database.index(inputs=self.list([Window(name=str(i), embedding=v) for i, v in enumerate(vectors)]))

    def search(self, query, k, **_):
        asked = self.list([self.window(name="query", embedding=query)])
        return [int(match.name) for match in self.database.search(inputs=asked, limit=k)[0].matches]


class VectordbHnsw(Vectordb):
    kind = "HNSWVectorDB"


class Hoplite:
    """perch-hoplite with its defaults (usearch in float16)."""

    approximate = True

    def build(self, vectors, **_):
        from perch_hoplite.db import sqlite_usearch_impl

        config = sqlite_usearch_impl.get_default_usearch_config(vectors.shape[1])
        self.database = sqlite_usearch_impl.SQLiteUSearchDB.create(tempfile.mkdtemp(), config)
        recording = self.database.insert_recording(filename="one.wav")
        self.places = {}
        for begin in range(0, len(vectors), 1000):
            part = vectors[begin : begin + 1000]
            windows = [dict(recording_id=recording, offsets=[5.0 * (begin + i), 5.0]) for i in range(len(part))]
            ids = self.database.insert_windows_batch(windows, numpy.array(part), handle_duplicates="allow")
            self.places.update({int(window): begin + i for i, window in enumerate(ids)})
        self.database.commit()

    def search(self, query, k, **_):
        results = self.database.search(query, k, approximate=self.approximate)
        return [self.places[int(result.window_id)] for result in results]


class HopliteExact(Hoplite):
    approximate = False


engines = {
    "numpy": (Numpy, "numpy"),
    "hnswlib": (Hnswlib, "hnswlib"),
    "vectordb exact": (Vectordb, "vectordb"),
    "vectordb hnsw": (VectordbHnsw, "vectordb"),
    "hoplite usearch": (Hoplite, "perch-hoplite"),
    "hoplite exact": (HopliteExact, "perch-hoplite"),
}
built = {}
stored = queries = None


def answer(command):
    global stored, queries
    name = command["do"]
    if name == "engines":
        return {engine: version(package) for engine, (_, package) in engines.items() if version(package)}
    if name == "load":
        built.clear()
        shape = (command["n"], command["dimension"])
        stored = numpy.memmap(command["vectors"], numpy.float32, "r", shape=shape)
        queries = numpy.fromfile(command["queries"], numpy.float32).reshape(-1, shape[1])
        return {}
    if name == "build":
        engine = engines[command["engine"]][0]()
        began = time.perf_counter()
        engine.build(stored, **command.get("options", {}))
        built[command["engine"]] = engine
        return {"seconds": time.perf_counter() - began}
    if name == "ask":
        engine, ms, ids = built[command["engine"]], [], []
        for query in queries[: command["queries"]]:
            began = time.perf_counter()
            found = engine.search(query, command["k"], **command.get("options", {}))
            ms.append((time.perf_counter() - began) * 1000)
            ids.append(found)
        return {"ms": ms, "ids": ids}
    raise ValueError(name)


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # the benchmark tells of it and goes on without
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), file=answers, flush=True)
