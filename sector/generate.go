//go:build ignore

// Generate makes nomenclature/correlation.csv, lists/lall.csv and lists/bec.csv from a folder with published tables:
//
//	go run generate.go FOLDER
//
// FOLDER has, each as CSV or CSV.gz:
//
//	baci/product_codes_HSxx_V202401   CEPII's products of a revision
//	concordance/hsA_hsB               UN conversion tables: one older code for each newer code; A, B from 0 (HS92) to 6 (HS22)
//	concordance/hsA_bec4, hsA_sitc3   UN and WITS tables to BEC Rev. 4 and SITC Rev. 3
//	weights/conversion_weights_Hx_to_Hy   trade-based weights of Harvard's Growth Lab, between neighbours up to H5
//	lall/lall_sitc3                   class of Lall (2000) by group of SITC Rev. 3
//
// BACI has all of heading 2710 in 271000, so that is done first. nomenclature/read.csv has what we read in the descriptions
// of both revisions, where the tables say nothing or send a code of many sources to an odd one.
package main

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

var revisions = []string{"HS92", "HS96", "HS02", "HS07", "HS12", "HS17", "HS22"}

var folder string

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run generate.go FOLDER")
	}
	folder = os.Args[1]
	products := make([]map[string]bool, len(revisions))
	for i, r := range revisions {
		products[i] = map[string]bool{}
		for _, row := range read("baci/product_codes_" + r + "_V202401")[1:] {
			products[i][row[0]] = true
		}
	}
	steps := correlation(products)
	lall(products)
	bec(products, steps)
}

// read reads a table of the folder.
func read(name string) [][]string {
	path := filepath.Join(folder, filepath.FromSlash(name)+".csv")
	f, err := os.Open(path)
	var r io.Reader = f
	if os.IsNotExist(err) {
		if f, err = os.Open(path + ".gz"); err == nil {
			r, err = gzip.NewReader(f)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		log.Fatal(path, ": ", err)
	}
	return rows
}

// baci is a code as BACI has it; "" for a missing one.
func baci(code string) string {
	code = strings.Repeat("0", max(0, 6-len(code))) + code
	if strings.HasPrefix(code, "2710") {
		return "271000"
	}
	if strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

type pair struct{ old, new string }

// link is what is known of a pair of codes: which table has it, and the shares of either code's trade.
type link struct {
	table         string
	forward, back float64 // -1 unknown
}

// least is the share of one of the codes from which on a pair that only the weights have is taken.
const least = 0.01

// correlation writes the pairs of neighbouring revisions, those left out whose codes are the same and nothing else.
func correlation(products []map[string]bool) []map[pair]link {
	var out [][]string
	var steps []map[pair]link
	for i := range len(revisions) - 1 {
		links := step(i, products[i], products[i+1])
		steps = append(steps, links)
		successors, predecessors := map[string]int{}, map[string]int{}
		for p := range links {
			successors[p.old]++
			predecessors[p.new]++
		}
		pairs := slices.SortedFunc(maps.Keys(links), func(a, b pair) int { return cmp.Or(cmp.Compare(a.old, b.old), cmp.Compare(a.new, b.new)) })
		for _, p := range pairs {
			if p.old == p.new && successors[p.old] == 1 && predecessors[p.new] == 1 {
				continue
			}
			l := links[p]
			out = append(out, []string{revisions[i], p.old, p.new, l.table, share(l.forward), share(l.back)})
		}
	}
	write("nomenclature/correlation.csv", []string{"from", "old", "new", "table", "forward", "back"}, out)
	return steps
}

func share(x float64) string {
	if x < 0 {
		return ""
	}
	return strconv.FormatFloat(math.Round(x*1000)/1000, 'f', -1, 64)
}

func step(i int, old, new map[string]bool) map[pair]link {
	links := map[pair]link{}
	add := func(p pair, l link) {
		if !old[p.old] || !new[p.new] {
			return
		}
		if _, ok := links[p]; !ok {
			links[p] = l
		}
	}
	for _, row := range read(fmt.Sprintf("concordance/hs%d_hs%d", i+1, i))[1:] {
		add(pair{baci(row[3]), baci(row[0])}, link{"un", -1, -1})
	}
	if i < 5 {
		forward, back := weights(i, i+1), weights(i+1, i)
		for p, w := range forward {
			if b := back[pair{p.new, p.old}]; max(w, b) >= least {
				add(p, link{"trade", -1, -1})
			}
		}
		for p, l := range links {
			if w, ok := forward[p]; ok {
				l.forward, l.back = min(1, w), min(1, back[pair{p.new, p.old}])
				links[p] = l
			}
		}
	}
	for _, row := range readHere("nomenclature/read.csv") {
		p := pair{row[1], row[2]}
		switch _, ok := links[p]; {
		case row[0] != revisions[i]:
		case row[3] == "drop" && ok:
			delete(links, p)
		case row[3] == "add" && !ok && old[p.old] && new[p.new]:
			links[p] = link{"text", -1, -1}
		default:
			log.Fatalf("nomenclature/read.csv: %v changes nothing", row)
		}
	}
	// What both revisions have and no table names is the same: gold, and what is not specified.
	named := map[string]bool{}
	for p := range links {
		named["<"+p.old], named[">"+p.new] = true, true
	}
	for code := range old {
		if new[code] && !named["<"+code] && !named[">"+code] {
			links[pair{code, code}] = link{"same", -1, -1}
		}
	}
	return links
}

func readHere(name string) [][]string {
	text, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		log.Fatal(name, ": ", err)
	}
	return rows[1:]
}

// weights gives the share of a code's value that goes to another. BACI's 271000 stands for several codes: its shares are unknown.
func weights(x, y int) map[pair]float64 {
	w := map[pair]float64{}
	for _, row := range read(fmt.Sprintf("weights/conversion_weights_H%d_to_H%d", x, y))[1:] {
		p := pair{baci(row[0]), baci(row[1])}
		v, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			log.Fatal(row, err)
		}
		if p.old != "271000" && p.new != "271000" {
			w[p] += v
		}
	}
	return w
}

// entries collects the lines of a list: revisions by code, sector, direction, confidence and reason.
type entries map[[5]string]int // bits of revisions

func (e entries) add(i int, code, sector, direction, confidence, reason string) {
	e[[5]string{code, sector, direction, confidence, reason}] |= 1 << i
}

func (e entries) write(name string) {
	var rows [][]string
	for k, bits := range e {
		var runs []string
		for i := 0; i < len(revisions); i++ {
			if bits&(1<<i) == 0 {
				continue
			}
			from := i
			for i+1 < len(revisions) && bits&(1<<(i+1)) != 0 {
				i++
			}
			run := revisions[from]
			if i > from {
				run += "-" + revisions[i]
			}
			runs = append(runs, run)
		}
		rows = append(rows, []string{k[0], strings.Join(runs, " "), k[1], k[2], k[3], k[4]})
	}
	slices.SortFunc(rows, slices.Compare)
	write(name, []string{"code", "revision", "sector", "direction", "confidence", "reason"}, rows)
}

func write(name string, head []string, rows [][]string) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(head)
	w.WriteAll(rows)
	if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d lines\n", name, len(rows))
}

// lall writes the technology classes: product, SITC Rev. 3 item, class of its group.
func lall(products []map[string]bool) {
	ids := map[string]string{"LDC01": "pp", "LDC02": "rb1", "LDC03": "rb2", "LDC04": "lt1", "LDC05": "lt2", "LDC06": "mt1", "LDC07": "mt2", "LDC08": "mt3", "LDC09": "ht1", "LDC10": "ht2", "LDC99": "unclassified"}
	class := map[string]string{}
	for _, row := range read("lall/lall_sitc3")[1:] {
		class[row[0]] = ids[row[1]]
	}
	list := entries{}
	for i := range revisions {
		item := map[string]string{}
		for _, row := range read(fmt.Sprintf("concordance/hs%d_sitc3", i))[1:] {
			if code := baci(row[0]); code != "" && item[code] == "" {
				item[code] = row[3]
			}
		}
		for code := range products[i] {
			group := item[code][:min(3, len(item[code]))]
			id, reason := class[group], "SITC "+group
			if id == "" || id == "unclassified" {
				id = "unclassified"
				if strings.Trim(group, "0123456789") != "" || group == "" {
					reason = "no group of SITC Rev. 3"
				}
			}
			list.add(i, code, id, "", "high", reason)
		}
	}
	list.write("lists/lall.csv")
}

// stages is the stage of a BEC category, after Gaulier, Lemoine and Ünal-Kesenci (2005).
var stages = map[string]string{"111": "primary", "21": "primary", "31": "primary", "121": "processed", "22": "processed", "32": "processed", "321": "processed", "322": "processed",
	"42": "parts", "53": "parts", "41": "capital", "521": "capital", "112": "consumption", "122": "consumption", "51": "consumption", "522": "consumption", "61": "consumption",
	"62": "consumption", "63": "consumption", "7": "unclassified"}

// bec writes the stages of processing. A code for which the table has several categories, or none, takes that which the same
// code has in the nearest revision with one, else that of the codes it came from or went to, else that of most of its heading.
func bec(products []map[string]bool, steps []map[pair]link) {
	categories := make([]map[string][]string, len(revisions)) // by code, sorted
	for i := range revisions {
		categories[i] = map[string][]string{}
		for _, row := range read(fmt.Sprintf("concordance/hs%d_bec4", i))[1:] {
			if code := baci(row[0]); code != "" {
				c := strings.TrimRight(row[3], "0")
				if c == "NA" {
					continue
				}
				if stages[c] == "" {
					log.Fatalf("BEC category %s", row[3])
				}
				categories[i][code] = append(categories[i][code], c)
			}
		}
		for code, list := range categories[i] {
			slices.Sort(list)
			categories[i][code] = slices.Compact(list)
		}
		categories[i]["271000"] = []string{"32"} // motor spirit (321) and other (322): BACI does not tell them apart
	}
	one := func(i int, code string) string {
		if list := categories[i][code]; len(list) == 1 {
			return list[0]
		}
		return ""
	}
	list := entries{}
	for i := range revisions {
		for code := range products[i] {
			c := categories[i][code]
			if len(c) == 1 {
				confidence := "high"
				if c[0] == "51" || c[0] == "321" || c[0] == "32" {
					confidence = "medium"
				}
				list.add(i, code, stages[c[0]], "bec-"+c[0], confidence, "BEC "+c[0])
				continue
			}
			found, why := infer(i, code, c, one, products, steps)
			reason := "BEC " + strings.Join(c, " or ")
			if len(c) > 4 {
				reason = fmt.Sprintf("one of %d BEC categories", len(c))
			}
			if len(c) == 0 {
				reason = "no BEC category"
			}
			confidence := "low"
			if slices.IndexFunc(c, func(x string) bool { return stages[x] != stages[found] }) < 0 && len(c) > 0 {
				confidence = "high" // all of one stage
			}
			list.add(i, code, stages[found], "bec-"+found, confidence, reason+why)
		}
	}
	list.write("lists/bec.csv")
}

func infer(i int, code string, candidates []string, one func(int, string) string, products []map[string]bool, steps []map[pair]link) (category, why string) {
	fits := func(c string) bool { return c != "" && (len(candidates) == 0 || slices.Contains(candidates, c)) }
	if strings.HasPrefix(code, "9999") || code == "710820" || code == "711890" {
		return "7", ": not specified, or money"
	}
	for d := 1; d < len(revisions); d++ {
		for _, k := range []int{i + d, i - d} {
			if k >= 0 && k < len(revisions) && products[k][code] && fits(one(k, code)) {
				return one(k, code), ": as in " + revisions[k]
			}
		}
	}
	best := func(votes map[string]float64) string {
		keys := slices.Sorted(maps.Keys(votes))
		if len(keys) == 0 {
			return ""
		}
		return slices.MaxFunc(keys, func(a, b string) int { return cmp.Compare(votes[a], votes[b]) })
	}
	votes := map[string]float64{}
	if i < len(steps) {
		for p, l := range steps[i] {
			if c := one(i+1, p.new); p.old == code && fits(c) {
				votes[c] += max(l.forward, 0.01)
			}
		}
	}
	if i > 0 {
		for p, l := range steps[i-1] {
			if c := one(i-1, p.old); p.new == code && fits(c) {
				votes[c] += max(l.back, 0.01)
			}
		}
	}
	if c := best(votes); c != "" {
		return c, ": by the revision beside it"
	}
	for other := range products[i] {
		if c := one(i, other); other[:4] == code[:4] && fits(c) {
			votes[c]++
		}
	}
	if c := best(votes); c != "" {
		return c, ": as most of its heading"
	}
	if len(candidates) > 0 {
		return candidates[0], ": the first"
	}
	return "7", ""
}
