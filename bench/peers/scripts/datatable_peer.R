# R's data.table: datatable_peer.R CSV EU27. See child.go for what it is asked and answers.
suppressPackageStartupMessages(library(data.table))
setDTthreads(0)
args <- commandArgs(trailingOnly = TRUE)
eu27 <- as.integer(strsplit(args[2], ",")[[1]])
f <- fread(args[1], colClasses = list(integer = c("year", "product", "importer", "exporter"), numeric = "value"))
setkey(f, product, importer, exporter) # sorted: groups are runs, and joins are merges
f[, c("eui", "eux") := .(importer %in% eu27, exporter %in% eu27)]
year <- f$year[1]

europe <- function() {
  e <- f[eui & !eux, .(v = sum(value)), keyby = .(product, exporter)]
  m <- e[, .(m = sum(v), q = sum(v * v)), keyby = product]
  sales <- f[eux & !eui, .(s = sum(value)), keyby = product]
  m[sales, x := i.s, on = "product"]
  m[is.na(x), x := 0]
  list(e = e, m = m)
}

merics <- function() {
  x <- f[, .(x = sum(value)), keyby = .(product, exporter)]
  x[, w := sum(x), by = product]
  sellers <- x[10 * x >= 3 * w, .(product, exporter)]
  m <- f[, .(m = sum(value)), keyby = .(product, importer)]
  m[x, sold := i.x, on = .(product, importer = exporter)]
  m <- m[m >= 2 * fcoalesce(sold, 0)]
  d <- f[sellers, on = .(product, exporter), .(product, importer, exporter, value)]
  d <- d[m, on = .(product, importer), nomatch = NULL][10 * value >= 3 * m]
  g <- d[, .(n = .N, imports = sum(m), partner = sum(value)), by = .(importer, exporter)]
  eu <- europe()
  c <- eu$m[m >= 2 * x]
  d <- eu$e[sellers, on = .(product, exporter), nomatch = NULL][c, on = "product", nomatch = NULL][10 * v >= 3 * m]
  h <- d[, .(importer = 1000L, n = .N, imports = sum(m), partner = sum(v)), by = exporter]
  rbind(g, h, use.names = TRUE)
}

geodep <- function() {
  x <- f[, .(x = sum(value)), keyby = .(product, exporter)]
  w <- x[, .(w = sum(x), q = sum(x * x)), keyby = product][5 * q > 2 * w * w, .(product)]
  d <- f[w, on = "product", .(product, importer, exporter, value)]
  m <- d[, .(m = sum(value), q = sum(value * value)), keyby = .(product, importer)]
  m[x, sold := i.x, on = .(product, importer = exporter)]
  m <- m[5 * q > 2 * m * m & m > fcoalesce(sold, 0)]
  g <- m[, .(n = .N, imports = sum(m)), by = importer]
  e <- europe()$m[w, on = "product", nomatch = NULL][5 * q > 2 * m * m & m > x]
  if (nrow(e)) g <- rbind(g, e[, .(importer = 1000L, n = .N, imports = sum(m))])
  g[, c("exporter", "partner") := .(0L, 0)][]
}

ingest <- function() {
  raw <- fread(args[3], colClasses = list(integer = c("t", "i", "j"), character = "k", numeric = "v"), na.strings = c("NA", ""), strip.white = TRUE)
  data.table(importer = 0L, exporter = 0L, n = nrow(raw), imports = sum(round(raw$v * 1000)), partner = 0)
}

cat("ready\n")
input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  took <- system.time(table <- switch(words[1], merics = merics(), geodep = geodep(), ingest = ingest()))[["elapsed"]]
  table[, year := 0L]
  if (words[1] != "ingest") set(table, j = "year", value = year)
  out <- table[, .(year, importer, exporter, n, sprintf("%.0f", imports), sprintf("%.0f", partner))]
  fwrite(out, words[2], col.names = FALSE, quote = FALSE)
  cat(sprintf("%.6f\n", took))
  flush(stdout())
}
