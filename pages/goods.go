package pages

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"chokepoint/chokepoints"
	"chokepoint/search"
	"chokepoint/sector"
	"chokepoint/study"
	"chokepoint/trade"
)

// withoutRaw are all goods but raw materials: those that are primary by stage of processing.
const withoutRaw = "without:list:bec/primary"

// scope is what a search of this dataset looks in.
func (v *pageRequest) scope() *search.Scope {
	return &search.Scope{Products: v.product, Nomenclature: v.dataset.Nomenclature, Economies: v.economy, Blocs: v.server.Blocs}
}

// readProducts puts what people write for products into codes: everyday words, codes under each other, of a tariff, or without their
// zero. What was read in another way than it stands is said.
func (v *pageRequest) readProducts() {
	text, given := v.values["products"]
	if !given {
		return
	}
	var terms []string
	for term := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
		terms = append(terms, v.termsIn(strings.TrimSpace(term))...)
	}
	if read := strings.Join(terms, ","); read != "" && read != text {
		v.values["products"] = read
	}
}

// termsIn reads one term of a selection of products.
func (v *pageRequest) termsIn(term string) []string {
	letters := strings.ContainsFunc(term, unicode.IsLetter)
	switch {
	case term == "":
		return nil
	case strings.HasPrefix(term, "list:"), strings.HasPrefix(term, "without:"), strings.EqualFold(term, "all"), trade.ValidProductCode(term), trade.IsPacked(term):
		return []string{term}
	case letters:
		hits := v.scope().Find(term)
		if len(hits) == 0 || hits[0].Products == "" || hits[0].Importers != "" || hits[0].Guess {
			return []string{term} // the page says that it is unknown
		}
		v.notices = append(v.notices, "“"+term+"” was read as "+v.nameOfFound(&hits[0])+".")
		return []string{hits[0].Products}
	}
	fields := strings.Fields(term)
	if len(fields) > 1 && len(fields[0]) >= 4 && len(fields[1]) >= 4 { // under each other, or with blanks between
		var all []string
		for _, f := range fields {
			all = append(all, v.termsIn(f)...)
		}
		return all
	}
	digits := strings.NewReplacer(".", "", " ", "").Replace(term)
	if strings.Trim(digits, "0123456789") == "" {
		switch n := len(digits); {
		case n == 3 || n == 5:
			return []string{"0" + digits}
		case n > 6:
			return []string{digits[:6]}
		}
	}
	return []string{term}
}

// nameOfFound names what was found, also where it is many codes: by its everyday word and the codes.
func (v *pageRequest) nameOfFound(h *search.Hit) string {
	if strings.Count(h.Products, ",") < 3 {
		return v.goodsName(h.Products)
	}
	return h.Name + " (" + strings.ReplaceAll(cut(h.Products, 60), ",", ", ") + ")"
}

// goodsName names a selection of products for people; "" is all goods.
func (v *pageRequest) goodsName(products string) string {
	var with, without []string
	for term := range strings.SplitSeq(products, ",") {
		if out, ok := strings.CutPrefix(strings.TrimSpace(term), "without:"); ok {
			without = append(without, v.goodsName(out))
		} else {
			with = append(with, strings.TrimSpace(term))
		}
	}
	name := v.nameOfGoods(strings.Join(with, ","), with)
	if len(without) > 0 {
		name += " without " + strings.Join(without, " and ")
	}
	return name
}

func (v *pageRequest) nameOfGoods(products string, terms []string) string {
	switch products {
	case chokepoints.StrategicGoods:
		return "strategic goods"
	case "all", "":
		return "all goods"
	case "list:bec/primary":
		return "raw materials"
	}
	for _, s := range trade.Sections() {
		if products == v.chapters(s) {
			return s.Short
		}
	}
	if len(terms) == 1 {
		return v.nameOfTerm(terms[0])
	}
	lists, _ := study.SplitProducts(products)
	if len(lists) > 0 && len(terms) > 3 {
		return "goods of " + strconv.Itoa(len(terms)) + " codes and lists"
	}
	if len(lists) > 0 || v.parsed(products) > 0 && len(terms) <= 3 {
		var names []string
		for _, term := range terms {
			names = append(names, cut(v.nameOfTerm(term), 50))
		}
		return strings.Join(names, "; ")
	}
	if n := v.parsed(products); n > 0 {
		return plural(n, "chosen product", "chosen products")
	}
	return products
}

// nameOfTerm names one code or list.
func (v *pageRequest) nameOfTerm(term string) string {
	if name, isList := strings.CutPrefix(term, "list:"); isList {
		l, err := sector.OpenBuiltin(name)
		if err != nil {
			return term
		}
		if _, part, ok := strings.Cut(strings.SplitN(name, ":", 2)[0], "/"); ok {
			for _, s := range l.Sectors {
				if s.ID == part {
					return s.Name + " (" + l.Name + ")"
				}
			}
		}
		return l.Name
	}
	if trade.IsPacked(term) {
		if n := v.parsed(term); n > 0 {
			return plural(n, "product of your list", "products of your list")
		}
		return "your list"
	}
	if p, ok := v.product.Get(term); ok {
		return term + " " + cut(p.Description, 80)
	}
	if codes := v.product.Within(term); len(codes) > 0 && (len(term) == 2 || len(term) == 4) {
		return search.GroupName(v.product, term)
	}
	return term
}

// parsed counts the products that a selection of codes names; 0 where it cannot be read.
func (v *pageRequest) parsed(products string) int {
	s, err := trade.ParseProducts(products, v.product)
	if err != nil {
		return 0
	}
	return len(s.Codes())
}

// goods names the goods that the page is restricted to, for its sentences; "" where it shows all.
func (v *pageRequest) goods() string {
	if products := v.values["products"]; products != "" && !strings.EqualFold(products, "all") {
		return v.goodsName(products)
	}
	return ""
}

// listOrGoods is the list that makes the sectors of a page: the one chosen, or the goods that are given in its place.
func (v *pageRequest) listOrGoods() string {
	if v.goods() != "" {
		return study.ChosenGoods(v.value("products"))
	}
	return v.value("list")
}

// goodsOptions are goods to choose from, beside what can be typed.
func (v *pageRequest) goodsOptions() (list []option) {
	list = append(list, option{Value: "all", Text: "all goods"}, option{Value: withoutRaw, Text: "all goods without raw materials"})
	return append(list, v.sectionOptions()...)
}

// severalProducts says whether a page about one product is asked about several: a heading, a chapter, a list.
func (v *pageRequest) severalProducts() bool {
	text := v.value("products")
	if text == "" {
		return false
	}
	if strings.Contains(text, "list:") || strings.Contains(text, "without:") || strings.EqualFold(text, "all") {
		return true
	}
	selection, err := study.ParseProducts(text, v.product, &v.dataset)
	return err == nil && len(selection.Codes()) > 1
}

// productOrGroup is the page of a product, or of several together.
func (v *pageRequest) productOrGroup() (any, error) {
	if v.severalProducts() {
		return v.groupPage()
	}
	return v.productPage()
}

var errAllGoods = errors.New("this page shows one product, heading, chapter or list; for all goods, see the page Overview")
