package pages

import "chokepoint/trade"

// withArticle is a name as it stands inside a sentence: the USA, Germany.
var withArticle = trade.WithArticle

// inSentence is nameOf inside a sentence.
func (v *pageRequest) inSentence(label string) string { return withArticle(v.nameOf(label)) }
