package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/store"
	"chokepoint/trade"
)

// What members of a bloc trade with others, and with one another, no threshold moves, and questions that take the bloc as one ask for it over and
// over: it is read for several blocs at once, and remembered.

// netting is blocs inside which trade does not count; the second is empty, or has some but not all economies of the first.
type netting [2]trade.Set

// nettings are what is to be read so that two blocs of a cell, one of which may be empty, can be netted out: each by itself, unless they overlap.
func nettings(a, b trade.Set) []netting {
	switch {
	case a.Len() < 2 && b.Len() < 2:
		return nil
	case a.Len() < 2, a == b:
		return []netting{{b}}
	case b.Len() < 2:
		return []netting{{a}}
	case a.Intersect(b).Len() == 0:
		return []netting{{a}, {b}}
	}
	return []netting{{a, b}}
}

// among is the blocs' economies that trade.
func (n netting) among(present trade.Set) netting {
	return netting{n[0].Intersect(present), n[1].Intersect(present)}
}

func (n netting) members() trade.Set { return n[0].Union(n[1]) }

// inner selects trade that does not count.
func (n netting) inner() string {
	var inner []string
	for _, bloc := range n {
		if bloc.Len() > 0 {
			codes := numbers(bloc.Codes())
			inner = append(inner, "importer IN ("+codes+") AND exporter IN ("+codes+")")
		}
	}
	return "(" + strings.Join(inner, " OR ") + ")"
}

type outerKey struct {
	year    int
	netting netting
}

// maxNettings are read in one statement.
const maxNettings = 16

// outer is what the members of blocs trade with others, and inside, by product. What there is of a whole year is remembered, by netting; the
// others are read together.
func (e *Engine) outer(ctx context.Context, year int, products []string, wanted []netting) (map[netting][]placed, error) {
	found, missing := map[netting][]placed{}, []netting{}
	present := e.Dataset.Importers(year).Union(e.Dataset.Exporters(year))
	for _, n := range wanted {
		n = n.among(present)
		if _, ok := found[n]; ok || slices.Contains(missing, n) {
			continue
		}
		if known, ok := store.Known[outerKey, []placed](e.Dataset.Memory(), outerKey{year, n}); ok {
			found[n] = known
		} else {
			missing = append(missing, n)
		}
	}
	for some := range slices.Chunk(missing, maxNettings) {
		lists := make([][]placed, len(some))
		for block := range slices.Chunk(e.placesIn(products), marginProducts) {
			read, err := e.marginsFrom(ctx, outerSQL(e.flowsOf(year, block, products == nil), some))
			if err != nil {
				return nil, err
			}
			for i := range read[:min(len(read), len(lists))] {
				lists[i] = append(lists[i], read[i]...)
			}
		}
		for i, n := range some {
			if found[n] = lists[i]; products == nil {
				store.Keep(e.Dataset.Memory(), outerKey{year, n}, lists[i], sizeOfPlaced(lists[i]))
			}
		}
	}
	if products != nil { // what is remembered is of all
		found = only(found, e.placesIn(products))
	}
	for _, n := range wanted {
		found[n] = found[n.among(present)]
	}
	return found, nil
}

// only leaves out other products.
func only(found map[netting][]placed, places []uint32) map[netting][]placed {
	left := map[netting][]placed{}
	for n, list := range found {
		left[n] = amongPlaces(list, places)
	}
	return left
}

// amongPlaces are the margins of some products, ascending.
func amongPlaces(list []placed, places []uint32) []placed {
	return slices.DeleteFunc(slices.Clone(list), func(p placed) bool { _, ok := slices.BinarySearch(places, p.product); return !ok })
}

// outerSQL reads flows once for several nettings. A flow counts for each whose member buys it, and for each whose member sells it: side is twice
// the place of the netting, and one more where the member sells.
func outerSQL(flows string, list []netting) string {
	var sides, inner, any []string
	for i, n := range list {
		codes := numbers(n.members().Codes())
		sides = append(sides, fmt.Sprintf("if(importer IN (%s), %d, 0), if(exporter IN (%s), %d, 0)", codes, 2*i+2, codes, 2*i+3))
		inner = append(inner, "toUInt8("+n.inner()+")")
		any = append(any, fmt.Sprintf("importer IN (%s) OR exporter IN (%s)", codes, codes))
	}
	each := fmt.Sprintf("SELECT product, importer, exporter, value, quantity, [%s] AS sides, [%s] AS inner_of %s AND (%s)", strings.Join(sides, ", "), strings.Join(inner, ", "), flows, strings.Join(any, " OR "))
	rows := "SELECT product, toUInt32(intDiv(side, 2) - 1) AS place, side % 2 AS sells, if(sells = 1, exporter, importer) AS economy, value, quantity, arrayElement(inner_of, intDiv(side, 2)) AS own FROM (" + each + ") ARRAY JOIN sides AS side WHERE side > 0"
	sums := fmt.Sprintf("SELECT product, place, economy, sumIf(value, sells = 0 AND own = 0) AS b, sumIf(value, sells = 1 AND own = 0) AS s, sumIf(value, sells = 0 AND own = 1) AS n,"+
		" sumIf(%s, sells = 1 AND own = 0) AS p, sumIf(%s, sells = 1 AND own = 0) AS q FROM (%s) GROUP BY product, place, economy", known("value"), known("quantity"), rows)
	return "SELECT product, place, groupArray(economy), groupArray(b), groupArray(s), groupArray(n), groupArray(p), groupArray(q) FROM (" + sums + ") GROUP BY product, place"
}

// marginsFrom reads rows of a product and the place of a netting, with economies, what these buy and sell, buy inside, and sell of which the
// quantity is known: lists by place, each by product.
func (e *Engine) marginsFrom(ctx context.Context, query string) (lists [][]placed, err error) {
	var mu sync.Mutex
	lists = make([][]placed, 1)
	err = e.rows(ctx, query, func(_ int, rows answer.Rows) error {
		var (
			p       placed
			place   uint32
			economy []uint16
			values  [5][]float64
		)
		if err := rows.Scan(&p.product, &place, &economy, &values[0], &values[1], &values[2], &values[3], &values[4]); err != nil {
			return err
		}
		for i, v := range values {
			if len(v) != len(economy) && (i < 2 || len(v) > 0) {
				return e.strange("%d economies with %d sums of product %d", len(economy), len(v), p.product)
			}
		}
		if int(p.product) >= len(e.codes) || place >= maxNettings {
			return e.strange("product %d of %d, in place %d", p.product, len(e.codes), place)
		}
		p.add(economy, values)
		mu.Lock()
		defer mu.Unlock()
		for int(place) >= len(lists) {
			lists = append(lists, nil)
		}
		lists[place] = append(lists[place], p)
		return nil
	})
	for _, list := range lists {
		slices.SortFunc(list, func(a, b placed) int { return int(a.product) - int(b.product) })
	}
	return lists, err
}

// add adds economies, in order of their codes: what they buy, sell, buy inside, and sell of known quantity and how much of it.
func (p *placed) add(economy []uint16, values [5][]float64) {
	order := make([]int, len(economy))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return int(economy[i]) - int(economy[j]) })
	for _, i := range order {
		if v := values[0][i]; v > 0 {
			p.Importer, p.Imports = append(p.Importer, economy[i]), append(p.Imports, v)
		}
		if v := values[1][i]; v > 0 {
			p.Exporter, p.Exports = append(p.Exporter, economy[i]), append(p.Exports, v)
			p.World += v
			if len(values[3]) > 0 {
				p.priced, p.tonnes = append(p.priced, values[3][i]), append(p.tonnes, values[4][i])
			}
		}
		if len(values[2]) > 0 && values[2][i] > 0 {
			p.insider, p.inner = append(p.insider, economy[i]), append(p.inner, values[2][i])
		}
	}
}

// without gives margins without what the members of a bloc trade among themselves: those of others stay as they are.
func (e *Engine) without(ctx context.Context, year int, all []placed, products []string, inside trade.Set) ([]placed, error) {
	read, err := e.outer(ctx, year, products, []netting{{inside}})
	if err != nil {
		return nil, err
	}
	var list []placed
	for i := range all {
		net, own := placed{product: all[i].product}, of(read[netting{inside}], all[i].product)
		if own == nil {
			own = &placed{}
		}
		net.Importer, net.Imports = replaced(all[i].Importer, all[i].Imports, own.Importer, own.Imports, inside)
		net.Exporter, net.Exports = replaced(all[i].Exporter, all[i].Exports, own.Exporter, own.Exports, inside)
		for _, v := range net.Exports {
			net.World += v
		}
		if len(net.Importer)+len(net.Exporter) > 0 {
			list = append(list, net)
		}
	}
	return list, nil
}

// replaced puts the values of members in the place of theirs; both lists ascend.
func replaced(economy []uint16, values []float64, own []uint16, ownValues []float64, members trade.Set) (economies []uint16, trades []float64) {
	k := 0
	for i, c := range economy {
		if !members.Has(trade.Code(c)) {
			economies, trades = append(economies, c), append(trades, values[i])
		} else if k < len(own) && own[k] == c {
			economies, trades = append(economies, c), append(trades, ownValues[k])
			k++
		}
	}
	return economies, trades
}

// sumOver adds up the values of some economies.
func sumOver(economy []uint16, values []float64, some trade.Set) (sum float64) {
	for i, c := range economy {
		if some.Has(trade.Code(c)) {
			sum += values[i]
		}
	}
	return sum
}
