package brief

import "chokepoint/result"

// ArticleSchema is the table of articles.
var ArticleSchema = result.NewSchema("briefs",
	result.TextField("brief", "Name of the brief.", func(b **Brief) string { return (*b).ID }),
	result.TextField("title", "What it is about.", func(b **Brief) string { return (*b).Title }),
	result.IntField("claims", "count", "Claims that it weighs.", func(b **Brief) int { return len((*b).Claims) }),
)

// Articles is the table of the articles whose claims come with the program.
func Articles() *result.Table {
	return ArticleSchema.Table("Articles whose claims can be weighed", Builtin())
}
