# The yardstick of `cargo xtask bench ingest`: json.loads over every line, asked file by file.
import json, sys, time

for line in sys.stdin:
    path = json.loads(line)["path"]
    start = time.perf_counter()
    lines = 0
    with open(path, encoding="utf-8") as file:
        for record in file:
            json.loads(record)
            lines += 1
    print(json.dumps({"seconds": time.perf_counter() - start, "lines": lines}), flush=True)
