package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"

	"chokepoint/server"
)

// figuresOf are the figures of the content of a page, in the order of its fields.
func figuresOf(content any) (list []*figure) {
	v := reflect.Indirect(reflect.ValueOf(content))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		switch x := v.Field(i).Interface().(type) {
		case *figure:
			if x != nil {
				list = append(list, x)
			}
		case []*figure:
			list = append(list, x...)
		}
	}
	return list
}

// factsOf are the numbers that a page begins with.
func factsOf(content any) []fact {
	v := reflect.Indirect(reflect.ValueOf(content))
	if v.Kind() != reflect.Struct {
		return nil
	}
	if f := v.FieldByName("Facts"); f.IsValid() {
		facts, _ := f.Interface().([]fact)
		return facts
	}
	return nil
}

// publish tells the figures of a page what an image of them must say, and where they can be framed.
func (v *pageRequest) publish(title string, content any) {
	for _, f := range figuresOf(content) {
		f.Of = title
		if len(v.server.Frames) > 0 && f.Option != nil {
			f.Embed = v.embedLink(f.ID)
		}
	}
}

// embedLink is the address of one figure alone, with all that the page took for granted.
func (v *pageRequest) embedLink(id string) string {
	u, err := url.Parse(v.permalink())
	if err != nil {
		panic(err) // we wrote it
	}
	values := u.Query()
	values.Set("figure", id)
	return (&url.URL{Path: "/embed/" + v.page.name, RawQuery: values.Encode()}).String()
}

// Headline says who, on whom, what and when: the title of an image, which leaves its page.
func (f *figure) Headline() string {
	if f.Of == "" || strings.Contains(f.Title, f.Of) {
		return f.Title
	}
	if strings.HasSuffix(f.Of, "?") { // a question ends its sentence
		return f.Of + " " + f.Title
	}
	title := f.Title
	if i := strings.LastIndex(title, ", "); i > 0 && strings.HasSuffix(f.Of, title[i:]) { // the year is said once
		title = title[:i]
	}
	return f.Of + ": " + lowerFirst(title)
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// FileName is that of an image of the figure, without its ending: what it shows, and what of.
func (f *figure) FileName() string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(f.Of+" "+f.Title), "-"), "-")
	if len(name) > 100 {
		name = strings.TrimRight(name[:100], "-")
	}
	return name
}

// mostSaid is how many rows of its table the text of a chart says.
const mostSaid = 3

// Alt says in words what a chart shows: the first rows of its table.
func (f *figure) Alt() string {
	text := f.Mark().On(f.Headline()) + ". " + f.Note
	g := f.Table
	if g == nil || len(g.Rows) == 0 {
		return text
	}
	var rows []string
	twice := len(g.Rows) > 1 && len(g.Rows[0]) > 1 && g.Rows[0][0].Text == g.Rows[1][0].Text && !g.Rows[0][1].Number // the second column tells rows apart
	for _, line := range g.Rows[:min(mostSaid, len(g.Rows))] {
		for k, c := range line {
			if c.Number && k > 0 && c.Text != "" {
				title := g.Columns[k].Title
				what := line[0].Text
				if twice {
					what += ", " + lowerFirst(g.Columns[1].Title) + " " + line[1].Text
				}
				rows = append(rows, strings.TrimSpace(what+": "+lowerFirst(title)+" "+c.Text+" "+g.Columns[k].Unit))
				break
			}
		}
	}
	if len(rows) > 0 {
		text += " " + strings.Join(rows, "; ") + "."
	}
	if n := len(g.Rows) - mostSaid; n > 0 {
		text += fmt.Sprintf(" The table has %d more rows.", n)
	}
	return text
}

// describe is the description of a page where a link to it is shown: its headline figures.
func describe(facts []fact) string {
	var parts []string
	for _, f := range facts {
		text := f.Label + ": " + strings.TrimSpace(f.Value+" "+f.Unit)
		if f.Mark.Shown() {
			text += " (" + string(f.Mark.Status) + ")"
		}
		if f.Note != "" {
			text += ", " + f.Note
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ". ")
}

// pageNamed is a page by its name; nil where there is none.
func pageNamed(name string) *page {
	for _, p := range pages() {
		if p.name == name {
			return &p
		}
	}
	return nil
}

// embedView is one figure of a page, for a frame in another.
type embedView struct {
	Figure *figure
	Link   string // the page that it is from
}

// contentOf is what a page says, without its frame. Where it cannot be had the page that says why has been sent, and there is no request.
func (s site) contentOf(w http.ResponseWriter, r *http.Request, p *page) (v *pageRequest, content any, done func()) {
	v, done, err := s.newPageRequest(r, p)
	if err == nil {
		content, err = v.content()
	}
	if err != nil {
		s.problemPage(w, r, v, err)
		return nil, nil, done
	}
	return v, content, done
}

// embedPage shows one figure of a page alone. Which sites may frame it is the server's choice.
func (s site) embedPage(w http.ResponseWriter, r *http.Request) {
	p := pageNamed(r.PathValue("page"))
	query := r.URL.Query()
	id := query.Get("figure")
	if p == nil || id == "" || p.name == "brief" {
		s.notFound(w, r)
		return
	}
	query.Del("figure")
	inner := r.Clone(r.Context())
	inner.URL.RawQuery = query.Encode()
	v, content, done := s.contentOf(w, inner, p)
	defer done()
	if v == nil {
		return
	}
	title := titleOfPage(p, content)
	v.publish(title, content)
	for _, f := range figuresOf(content) {
		if f.ID == id {
			f.Embed = ""
			f.Title = f.Headline() // it stands alone: the page around it does not say whose figure it is
			frame := frame{Embedded: true, Title: f.Title, Charts: charts(), World: p.traits.world, Synthetic: v.dataset.Synthetic, Content: embedView{f, v.permalink()}}
			s.sendPage(w, r, http.StatusOK, "embed", frame)
			return
		}
	}
	detail := "the page " + p.path + " has no figure " + server.Shortened(id) + " for this choice"
	if strings.Contains(r.Header.Get("Accept"), "text/html") { // people see it in the frame
		const title = "Not found"
		problem := &failure{Page: title, Title: title, Detail: upperFirst(detail) + ".", Back: v.permalink(), BackText: "The page " + v.page.title}
		s.sendPage(w, r, http.StatusNotFound, "problem", frame{Embedded: true, Title: title, Synthetic: v.dataset.Synthetic, Problem: problem})
		return
	}
	server.NewProblem(http.StatusNotFound, "Not found", detail).Write(w)
}

// titleOfPage is the title of a page with its content.
func titleOfPage(p *page, content any) string {
	title := p.title
	if t, ok := content.(interface{ pageTitle() string }); ok {
		title = t.pageTitle()
	}
	return title
}
