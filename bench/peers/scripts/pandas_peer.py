"""pandas: pandas_peer.py CSV EU27. See child.go for what it is asked and answers."""
import sys
import time

import numpy as np
import pandas as pd

path, eu27 = sys.argv[1], [int(c) for c in sys.argv[2].split(",")]
f = pd.read_csv(path, dtype={"year": "uint16", "product": "uint16", "importer": "uint16", "exporter": "uint16", "value": "float64"})
# One sorted integer key a group is the fastest way to group that we found: half the time of groupby on two columns.
key = f["product"].to_numpy().astype("int64")
f["pi"] = key * 1024 + f["importer"]
f["px"] = key * 1024 + f["exporter"]
f["eu_importer"], f["eu_exporter"] = f["importer"].isin(eu27), f["exporter"].isin(eu27)
year = int(f["year"].iloc[0])


def sums():
    x = f.groupby("px")["value"].sum()
    product = x.index // 1024
    world = x.groupby(product).sum()
    return x, product, world


def europe():
    e = f[f["eu_importer"] & ~f["eu_exporter"]].groupby("px")["value"].sum()
    product = e.index // 1024
    imports = e.groupby(product).sum()
    sold = f[f["eu_exporter"] & ~f["eu_importer"]].groupby("product")["value"].sum()
    return e, product, imports, sold.reindex(imports.index, fill_value=0)


def merics():
    x, product, world = sums()
    sellers = x.index[10 * x.to_numpy() >= 3 * world.reindex(product).to_numpy()]
    m = f.groupby("pi")["value"].sum()
    m = m[m.to_numpy() >= 2 * x.reindex(m.index, fill_value=0).to_numpy()]
    d = f[f["px"].isin(sellers)]
    imports = m.reindex(d["pi"]).to_numpy()
    met = 10 * d["value"].to_numpy() >= 3 * imports  # false where imports are missing
    d = d[met].assign(imports=imports[met])
    g = d.groupby(["importer", "exporter"]).agg(n=("value", "size"), imports=("imports", "sum"), partner=("value", "sum")).reset_index()
    e, product, imports, sold = europe()
    keep = imports.to_numpy() >= 2 * sold.to_numpy()
    imports = imports[keep]
    e = e[e.index.isin(sellers)]
    mine = imports.reindex(e.index // 1024).to_numpy()
    met = 10 * e.to_numpy() >= 3 * mine
    eu = pd.DataFrame({"exporter": e.index[met] % 1024, "imports": mine[met], "value": e.to_numpy()[met]})
    h = eu.groupby("exporter").agg(n=("value", "size"), imports=("imports", "sum"), partner=("value", "sum")).reset_index()
    h.insert(0, "importer", 1000)
    return pd.concat([g, h])


def geodep():
    x, product, world = sums()
    squares = (x * x).groupby(product).sum()
    concentrated = world.index[5 * squares.to_numpy() > 2 * world.to_numpy() ** 2]
    d = f[f["product"].isin(concentrated)]
    m = d.groupby("pi")["value"].sum()
    q = (d["value"] ** 2).groupby(d["pi"]).sum()
    sold = x.reindex(m.index, fill_value=0).to_numpy()
    met = m[(5 * q.to_numpy() > 2 * m.to_numpy() ** 2) & (m.to_numpy() > sold)]
    g = met.groupby(met.index % 1024).agg(["size", "sum"]).reset_index()
    g.columns = ["importer", "n", "imports"]
    e, product, imports, sold = europe()
    q = (e * e).groupby(product).sum()
    met = imports[(5 * q.to_numpy() > 2 * imports.to_numpy() ** 2) & (imports.to_numpy() > sold.to_numpy()) & imports.index.isin(concentrated)]
    if len(met):
        g.loc[len(g)] = [1000, len(met), met.sum()]
    return g.assign(exporter=0, partner=0)


def ingest():
    raw = pd.read_csv(sys.argv[3], dtype={"t": "uint16", "i": "uint16", "j": "uint16", "k": "category", "v": "float64", "q": "str"})
    raw["q"] = pd.to_numeric(raw["q"].str.strip(), errors="coerce")
    return pd.DataFrame({"importer": [0], "exporter": [0], "n": [len(raw)], "imports": [(raw["v"] * 1000).round().sum()], "partner": [0]})


print("ready", flush=True)
for line in sys.stdin:
    question, answer = line.split()
    start = time.perf_counter()
    table = {"merics": merics, "geodep": geodep, "ingest": ingest}[question]()
    took = time.perf_counter() - start
    table.insert(0, "year", 0 if question == "ingest" else year)
    table[["year", "importer", "exporter", "n", "imports", "partner"]].to_csv(answer, index=False, header=False, float_format="%.0f")
    print(f"{took:.6f}", flush=True)
