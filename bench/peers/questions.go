package main

// question is one that all engines are asked. Its parts are answered one after another; the time is that of all.
//
// Rows of an answer are year, importer, partner, products, dollars of imports, dollars from the partner: BACI codes, 1000
// for the EU27 and 0 where there is none. Of the question stop they are year, importer, who stops, products, dollars lost and millions of them unfilled,
// which are no whole dollars and would be rounded apart. What the numbers of scoreboard, compare and dependents are stands in their SQL.
type question struct {
	name, title, goal string
	parts             []string // names of the peers' SQL files
	realOnly          bool
}

var questions = []question{
	{name: "scan", title: "full scan: merics-2024 and geodep-2024, every economy and EU27, all years", goal: "≥ 50× DuckDB and ClickHouse", parts: []string{"merics", "geodep"}},
	{name: "threshold-one", title: "threshold change, USA × all partners, all years", goal: "≤ 20 ms", parts: []string{"threshold_one"}},
	{name: "threshold-all", title: "threshold change, all importers × all partners, all years", goal: "≤ 0.5 s", parts: []string{"threshold_all"}},
	{name: "bloc", title: "new bloc on both sides: USA+CAN+MEX × CHN+HKG+MAC, all years", goal: "≤ 1.5 s", parts: []string{"bloc"}},
	{name: "ingest", title: "ingest of one BACI year into a table: ours from the zip with checks, sort, index and checksums; the others from the unzipped CSV", goal: "≥ 4× DuckDB", parts: []string{"ingest"}, realOnly: true},
	{name: "stop", title: "what if China stops: every product and importer of the last year, rule present, spare capacity 0.1, who fills and what stays unfilled", goal: "≤ 1 s", parts: []string{"stop"}},
	{name: "scoreboard", title: "scoreboard of China by section of the HS, another threshold, all years (DuckDB without prices, complexity, single points of failure and classes)", goal: "≤ 1 s", parts: []string{"scoreboard"}},
	{name: "compare", title: "three definitions compared, one with another threshold, USA × all partners, all years", goal: "≤ 0.5 s", parts: []string{"compare"}},
	{name: "dependents", title: "choke points with another threshold, all goods, all years: who depends and for how much (DuckDB without the parts of the score)", parts: []string{"dependents"}},
	{name: "product", title: "one product, all importers, all years", goal: "≤ 10 ms", parts: []string{"product"}},
}

// eu27 are the BACI codes of the members, Belgium and Luxembourg also under the numbers of their former union.
const eu27 = "40,56,58,100,191,196,203,208,233,246,251,276,280,300,348,372,380,428,440,442,470,528,616,620,642,703,705,724,752"

// sections is the list whose sectors a scoreboard is asked by.
const sections = "hs-sections"
