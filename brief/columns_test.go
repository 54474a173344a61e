package brief

import (
	"strings"
	"testing"
)

// TestColumnsOfBriefs: the table of each question that a brief of the program takes numbers from is known when the program starts, and a
// column that it lacks is refused.
func TestColumnsOfBriefs(t *testing.T) {
	for _, b := range Builtin() {
		for _, c := range b.Claims {
			if question := c.With["question"]; question != "" && tableOf(question, c.Ask) == nil {
				t.Errorf("brief %s, claim %s: nobody knows the columns of %s", b.ID, c.ID, question)
			}
		}
	}
	measure := "[[claims]]\nid = \"1\"\nkind = \"measure\"\nclaim = \"C\"\n[claims.with]\nquestion = \"balance\"\ncolumn = \"net_exports_usd\"\nby = \"partner\"\nexpect = \"rises\"\n[claims.rows]\npartner = \"world\"\n"
	for _, c := range []struct{ claim, from, to, want string }{
		{measure, "net_exports_usd", "net_exports", "balance has no number under \"net_exports\""},
		{measure, "net_exports_usd", "partner_name", "balance has no number"},
		{measure, "by = \"partner\"", "by = \"partners\"", "by: balance has no column \"partners\""},
		{measure, "rows]\npartner", "rows]\npartners", "rows: balance has no column \"partners\""},
		{falls, "expect", "column = \"goods\"\nexpect", "count has no number under \"goods\""},
	} {
		if _, err := Parse("test", []byte("id = \"t\"\ntitle = \"T\"\n"+strings.Replace(c.claim, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.to, err, c.want)
		}
	}
}

// TestTables: each table is of a question.
func TestTables(t *testing.T) {
	for name := range tables {
		question, by, _ := strings.Cut(name, " ")
		if tableOf(question, map[string]string{"by": by}) == nil {
			t.Errorf("no table of %s", name)
		}
	}
}
