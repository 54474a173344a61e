package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	year     int
	netting  netting
	weighed  bool
	products string // codes
}

// codesOf tells lists of products apart; all is none of them.
func codesOf(products []string) string {
	if products == nil {
		return "all"
	}
	return strings.Join(products, ",")
}

// maxNettings are read in one statement.
const maxNettings = 16

// outer is what the members of blocs trade with others, and inside, by product. It is remembered by netting, of a whole year or of the products
// that are asked for; the others are read together. Where dollars are whole and quantities are not asked for, only trade inside is read: the
// rest is a difference.
func (e *Engine) outer(ctx context.Context, year int, products []string, wanted []netting, weighed bool) (map[netting][]placed, error) {
	found, missing := map[netting][]placed{}, []netting{}
	present, codes := e.Dataset.Importers(year).Union(e.Dataset.Exporters(year)), codesOf(products)
	for _, n := range wanted {
		n = n.among(present)
		if _, ok := found[n]; ok || slices.Contains(missing, n) {
			continue
		}
		if known, ok := e.knownOuter(year, n, weighed, products); ok {
			found[n] = known
		} else {
			missing = append(missing, n)
		}
	}
	for some := range slices.Chunk(missing, maxNettings) {
		lists, err := e.readOuter(ctx, year, products, some, weighed)
		if err != nil {
			return nil, err
		}
		for i, n := range some {
			found[n] = lists[i]
			store.Keep(e.Dataset.Memory(), outerKey{year, n, weighed, codes}, lists[i], sizeOfPlaced(lists[i])+int64(len(codes)))
		}
	}
	for _, n := range wanted {
		found[n] = found[n.among(present)]
	}
	return found, nil
}

// knownOuter is what is remembered of it: of these products, or of all with quantities or without.
func (e *Engine) knownOuter(year int, n netting, weighed bool, products []string) ([]placed, bool) {
	known := func(weighed bool, codes string) ([]placed, bool) {
		return store.Known[outerKey, []placed](e.Dataset.Memory(), outerKey{year, n, weighed, codes})
	}
	for _, weights := range []bool{weighed, true} {
		if list, ok := known(weights, codesOf(nil)); ok && products != nil {
			return amongPlaces(list, e.placesIn(products)), true
		} else if ok {
			return list, true
		}
		if list, ok := known(weights, codesOf(products)); ok {
			return list, true
		}
	}
	return nil, false
}

// readOuter reads it for at most maxNettings, by netting.
func (e *Engine) readOuter(ctx context.Context, year int, products []string, some []netting, weighed bool) ([][]placed, error) {
	var all []placed
	statement, values, exact := outerSQL, numValues, e.Dataset.Manifest().Exact && !weighed
	if exact {
		var err error
		if all, err = e.marginsOf(ctx, year, products, false); err != nil {
			return nil, err
		}
		statement, values = innerSQL, sells+1
	}
	lists := make([][]placed, len(some))
	for block := range slices.Chunk(e.placesIn(products), marginProducts) {
		read, err := e.marginsFrom(ctx, statement(e.flowsOf(year, block, products == nil), some), len(some), values)
		if err != nil {
			return nil, err
		}
		for i := range lists {
			lists[i] = append(lists[i], read[i]...)
		}
	}
	if exact {
		for i, n := range some {
			lists[i] = differences(all, lists[i], n.members())
		}
	}
	return lists, nil
}

// differences is what members trade with others: all that they trade, without what they trade inside.
func differences(all, inside []placed, members trade.Set) (list []placed) {
	for i := range all {
		own := of(inside, all[i].product)
		if own == nil {
			own = &placed{}
		}
		p := placed{product: all[i].product, insider: own.Importer, inner: own.Imports}
		p.Importer, p.Imports = less(all[i].Importer, all[i].Imports, own.Importer, own.Imports, members)
		p.Exporter, p.Exports = less(all[i].Exporter, all[i].Exports, own.Exporter, own.Exports, members)
		for _, v := range p.Exports {
			p.World += v
		}
		if len(p.Importer)+len(p.Exporter)+len(p.insider) > 0 {
			list = append(list, p)
		}
	}
	return list
}

// less subtracts from the values of members their own; both lists ascend. Members that have nothing left are left out.
func less(economy []uint16, values []float64, own []uint16, ownValues []float64, members trade.Set) (economies []uint16, left []float64) {
	k := 0
	for i, c := range economy {
		if !members.Has(trade.Code(c)) {
			continue
		}
		v := values[i]
		if k < len(own) && own[k] == c {
			v, k = v-ownValues[k], k+1
		}
		if v > 0 {
			economies, left = append(economies, c), append(left, v)
		}
	}
	return economies, left
}

// innerSQL reads trade inside nettings once: what members buy there, and sell.
func innerSQL(flows string, list []netting) string {
	var sides, any []string
	for i, n := range list {
		sides = append(sides, fmt.Sprintf("if(%s, %d, 0), if(%[1]s, %[3]d, 0)", n.inner(), 2*i+2, 2*i+3))
		any = append(any, n.inner())
	}
	each := fmt.Sprintf("SELECT product, importer, exporter, value, [%s] AS sides %s AND (%s)", strings.Join(sides, ", "), flows, strings.Join(any, " OR "))
	rows := "SELECT product, toUInt32(intDiv(side, 2) - 1) AS place, if(side % 2 = 1, exporter, importer) AS economy, side % 2 AS sells, value FROM (" + each + ") ARRAY JOIN sides AS side WHERE side > 0"
	return fmt.Sprintf("SELECT %s, sumIf(value, sells = 0), sumIf(value, sells = 1) FROM (%s) GROUP BY product, place, economy", keySQL("place", "economy"), rows)
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
	return fmt.Sprintf("SELECT "+keySQL("place", "economy")+", sumIf(value, sells = 0 AND own = 0), sumIf(value, sells = 1 AND own = 0), sumIf(%s, sells = 1 AND own = 0), sumIf(%s, sells = 1 AND own = 0),"+
		" sumIf(value, sells = 0 AND own = 1) FROM (%s) GROUP BY product, place, economy", known("value"), known("quantity"), rows)
}

// What an economy buys, sells, sells of known quantity and how much of it, and buys inside a bloc: values of a row of marginsFrom.
const (
	buys = iota
	sells
	priced
	tonnes
	buysInside
	numValues
)

// marginsFrom reads keyed rows of the place of a netting, a product, an economy and the first so many of its values: lists by place, each by
// product.
func (e *Engine) marginsFrom(ctx context.Context, query string, places, values int) ([][]placed, error) {
	rows, err := e.keyed(ctx, query, places, values)
	if err != nil {
		return nil, err
	}
	lists := make([][]placed, places)
	rows.each(func(place int, product uint32, of []int32) {
		lists[place] = append(lists[place], rows.placed(product, of))
	})
	return lists, nil
}

// placed is what economies trade of a product.
func (r *keyedRows) placed(product uint32, rows []int32) placed {
	p := placed{product: product}
	p.Importer, p.Imports = r.traded(buys, rows)
	p.Exporter, p.Exports = r.traded(sells, rows)
	for _, v := range p.Exports {
		p.World += v
	}
	if len(r.values) > priced {
		p.priced, p.tonnes = make([]float64, 0, len(p.Exports)), make([]float64, 0, len(p.Exports))
		for _, i := range rows {
			if r.values[sells][i] > 0 {
				p.priced, p.tonnes = append(p.priced, r.values[priced][i]), append(p.tonnes, r.values[tonnes][i])
			}
		}
	}
	if len(r.values) > buysInside {
		p.insider, p.inner = r.traded(buysInside, rows)
	}
	return p
}

// traded lists who has more than nothing of a value.
func (r *keyedRows) traded(value int, rows []int32) (economies []uint16, values []float64) {
	n := 0
	for _, i := range rows {
		if r.values[value][i] > 0 {
			n++
		}
	}
	if n == 0 {
		return nil, nil
	}
	economies, values = make([]uint16, 0, n), make([]float64, 0, n)
	for _, i := range rows {
		if v := r.values[value][i]; v > 0 {
			economies, values = append(economies, economyOfKey(r.keys[i])), append(values, v)
		}
	}
	return economies, values
}

// without gives margins without what the members of a bloc trade among themselves: those of others stay as they are.
func (e *Engine) without(ctx context.Context, year int, all []placed, products []string, inside trade.Set) ([]placed, error) {
	read, err := e.outer(ctx, year, products, []netting{{inside}}, false)
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
